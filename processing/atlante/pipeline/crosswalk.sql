-- name: latest_firm_day
-- grain: one answer: the newest day on which the register of a source was seen; none: nothing was loaded
SELECT max(extract.reference_date) AS reference_date
FROM register.extract AS extract
WHERE extract.source_id = %(source_id)s::text;

-- name: firm_points
-- grain: one firm of one source that is valid on the day and has a point in a box
SELECT
    firm.longitude,
    firm.latitude
FROM register.firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
    AND firm.longitude BETWEEN %(west)s::double precision AND %(east)s::double precision
    AND firm.latitude BETWEEN %(south)s::double precision AND %(north)s::double precision;

-- name: has_points
-- grain: one answer: whether firms of the source have coordinates
SELECT EXISTS(
    SELECT 1 FROM register.firm
    WHERE source_id = %(source_id)s::text AND longitude IS NOT NULL AND latitude IS NOT NULL
) AS has_points;

-- name: placed_firms
-- grain: one municipality and one day of placement
-- unit: firms that were placed there as the municipalities were on that day
SELECT
    placement_case.municipality_then AS municipality_code,
    placement_case.reference_date,
    sum(placement_case.firms)::integer AS firms
FROM register.placement_case
WHERE
    placement_case.source_id = %(source_id)s::text
    AND placement_case.municipality_then = any(%(codes)s::text [])
GROUP BY placement_case.municipality_then, placement_case.reference_date
ORDER BY placement_case.municipality_then, placement_case.reference_date;

-- name: placement_days
-- grain: one day on which firms of the source were placed
SELECT DISTINCT placement_case.reference_date
FROM register.placement_case
WHERE placement_case.source_id = %(source_id)s::text
ORDER BY placement_case.reference_date;
