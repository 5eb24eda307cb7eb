-- name: region_of_municipality
-- grain: municipality
SELECT
    municipality.istat_code,
    province.region_code
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.istat_code;
