-- name: declared_spellings
-- grain: one way of declaring a seat among the firms of one source that are valid at the day; '' = not declared
SELECT DISTINCT
    firm.declared_municipality AS municipality,
    coalesce(firm.declared_province, '') AS province,
    coalesce(firm.declared_region, '') AS region
FROM register.firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date);

-- name: gazetteer
-- grain: one municipality of the vintage
SELECT
    municipality.municipality_code,
    municipality.name,
    municipality.name_it,
    municipality.name_other,
    province.sigla,
    province.name AS province,
    region.region_code,
    region.name AS region
FROM territory.municipality
INNER JOIN territory.province
    ON
        municipality.vintage_id = province.vintage_id
        AND municipality.province_code = province.province_code
INNER JOIN territory.region
    ON
        province.vintage_id = region.vintage_id
        AND province.region_code = region.region_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;

-- name: delete_placements
-- grain: the placements of one source and day
DELETE FROM register.placement
WHERE
    source_id = %(source_id)s::text
    AND reference_date = %(reference_date)s::date;

-- name: insert_placements
-- grain: one firm of one source that is valid at the day, placed or not
WITH spelling AS (
    -- what each way of declaring a seat was resolved to; conflicts are lines of text
    SELECT
        resolved.municipality,
        resolved.province,
        resolved.region,
        resolved.municipality_code,
        resolved.method,
        resolved.reason,
        resolved.confidence,
        resolved.conflicts
    FROM unnest(
        %(municipality)s::text [],
        %(province)s::text [],
        %(region)s::text [],
        %(municipality_code)s::text [],
        %(method)s::text [],
        %(reason)s::text [],
        %(confidence)s::real [],
        %(conflicts)s::text []
    ) AS resolved (
        municipality, province, region, municipality_code, method, reason, confidence, conflicts
    )
)

INSERT INTO register.placement (
    source_id,
    firm_id,
    reference_date,
    vintage_id,
    municipality_code,
    method,
    reason,
    confidence,
    conflicts
)
SELECT
    firm.source_id,
    firm.firm_id,
    %(reference_date)s::date AS reference_date,
    %(vintage_id)s::text AS vintage_id,
    spelling.municipality_code,
    spelling.method,
    spelling.reason,
    spelling.confidence,
    string_to_array(spelling.conflicts, E'\n') AS conflicts
FROM register.firm
INNER JOIN spelling
    ON
        firm.declared_municipality = spelling.municipality
        AND coalesce(firm.declared_province, '') = spelling.province
        AND coalesce(firm.declared_region, '') = spelling.region
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date);

-- name: placements_by_reason
-- grain: one reason; null = placed
-- unit: firms
SELECT
    reason,
    count(*) AS firms
FROM register.placement
WHERE
    source_id = %(source_id)s::text
    AND reference_date = %(reference_date)s::date
GROUP BY reason
ORDER BY reason;
