-- name: insert_vintage
-- grain: one vintage; no row where it is loaded already
INSERT INTO territory.vintage (vintage_id, reference_date, source, licence, sha256, run_id)
VALUES (
    %(vintage_id)s::text,
    %(reference_date)s::date,
    %(source)s::text,
    %(licence)s::text,
    %(sha256)s::text,
    %(run_id)s::bigint
)
ON CONFLICT (vintage_id) DO NOTHING;

-- name: latest_vintage
-- grain: one vintage, the latest
SELECT
    vintage_id,
    reference_date,
    source,
    licence
FROM territory.vintage
ORDER BY reference_date DESC, run_id DESC, vintage_id ASC
LIMIT 1;

-- name: list_vintages
-- grain: one vintage
SELECT
    vintage_id,
    reference_date,
    source,
    licence
FROM territory.vintage
ORDER BY reference_date, run_id, vintage_id;

-- name: vintage
-- grain: one vintage; no row where the id is not known
SELECT
    reference_date,
    source,
    licence,
    sha256
FROM territory.vintage
WHERE vintage_id = %(vintage_id)s::text;

-- name: vintage_municipalities
-- grain: one municipality of the vintage
-- unit: residents
SELECT
    municipality.municipality_code,
    municipality.istat_code,
    municipality.name,
    municipality.name_it,
    municipality.name_other,
    municipality.province_code,
    province.name AS province,
    province.sigla,
    province.region_code,
    region.name AS region,
    municipality.population,
    municipality.provenance,
    st_asbinary(municipality.geom_4326) AS outline
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
INNER JOIN territory.region AS region
    ON province.vintage_id = region.vintage_id AND province.region_code = region.region_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;
