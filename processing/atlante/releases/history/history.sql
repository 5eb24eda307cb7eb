-- What territories through time are made of, and the outlines of the past.

-- name: known_at
-- grain: one moment: that of this transaction
SELECT transaction_timestamp() AS known_at;

-- name: documents
-- grain: one document that is loaded
SELECT document_id
FROM territory.document
ORDER BY document_id;

-- name: vintages
-- grain: boundary vintage, from the first day to the last; of one day the one loaded last is last
SELECT
    vintage_id,
    reference_date
FROM territory.vintage
ORDER BY reference_date ASC, run_id ASC, vintage_id DESC;

-- name: shown
-- grain: municipality x vintage that shows it
SELECT
    municipality.municipality_code AS code,
    municipality.vintage_id,
    municipality.province_code,
    province.region_code,
    municipality.provenance
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
ORDER BY municipality.vintage_id, municipality.municipality_code;

-- name: labels
-- grain: municipality x vintage that shows it
SELECT
    municipality.vintage_id,
    municipality.municipality_code,
    municipality.istat_code,
    municipality.name,
    municipality.name_it,
    municipality.name_other,
    province.sigla,
    province.province_code,
    province.name AS province,
    region.region_code,
    region.name AS region
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
INNER JOIN territory.region AS region
    ON province.vintage_id = region.vintage_id AND province.region_code = region.region_code
ORDER BY municipality.vintage_id, municipality.municipality_code;

-- name: outlines
-- grain: municipality of a vintage that was asked for
WITH asked AS (
    SELECT
        asked.vintage_id,
        asked.code
    FROM unnest(%(vintage_ids)s::text [], %(codes)s::text []) AS asked (vintage_id, code)
)

SELECT
    municipality.vintage_id,
    municipality.municipality_code AS code,
    ST_AsBinary(municipality.geom_4326) AS wkb
FROM asked
INNER JOIN territory.municipality AS municipality
    ON asked.vintage_id = municipality.vintage_id AND asked.code = municipality.municipality_code
ORDER BY municipality.vintage_id, municipality.municipality_code;

-- name: outlines_there
-- grain: outline of the past that an earlier release left
SELECT
    level,
    territory_code
FROM publish.geometry
WHERE vintage_id = 'history'
ORDER BY level, territory_code;
