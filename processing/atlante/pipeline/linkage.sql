-- How firms were placed, for operators: nothing of this is published as it is.

-- name: newest_placement
-- grain: one row, or none: the newest placement of a source, on a day; null = any
SELECT
    placement_case.source_id,
    placement_case.reference_date,
    placement_case.vintage_id
FROM register.placement_case
WHERE
    (%(source_id)s::text IS NULL OR placement_case.source_id = %(source_id)s::text)
    AND (%(reference_date)s::date IS NULL OR placement_case.reference_date = %(reference_date)s::date)
ORDER BY placement_case.reference_date DESC, placement_case.source_id ASC, placement_case.case_id ASC
LIMIT 1;

-- name: placement_cases
-- grain: one way in which firms of one source and day are declared and located
-- unit: firms
SELECT
    placement_case.declared_municipality AS municipality,
    placement_case.declared_province AS province,
    placement_case.declared_region AS region,
    placement_case.declared_istat_code AS istat_code,
    placement_case.declared_belfiore_code AS belfiore_code,
    placement_case.postal_code,
    placement_case.located_code,
    placement_case.municipality_then,
    placement_case.municipality_code,
    municipality.name AS placed_in,
    placement_case.method,
    placement_case.reason,
    placement_case.confidence,
    placement_case.conflicts,
    placement_case.firms
FROM register.placement_case
LEFT JOIN territory.municipality
    ON
        placement_case.vintage_id = municipality.vintage_id
        AND placement_case.municipality_code = municipality.municipality_code
WHERE
    placement_case.source_id = %(source_id)s::text
    AND placement_case.reference_date = %(reference_date)s::date
ORDER BY placement_case.firms DESC, placement_case.case_id ASC;

-- name: names_of_vintage
-- grain: one municipality of the vintage
SELECT
    municipality.municipality_code,
    municipality.name,
    province.sigla
FROM territory.municipality
INNER JOIN territory.province
    ON
        municipality.vintage_id = province.vintage_id
        AND municipality.province_code = province.province_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;
