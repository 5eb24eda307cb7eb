-- name: shown
-- grain: one of the given municipalities in one boundary vintage
-- unit: residents
SELECT
    municipality.municipality_code,
    vintage.vintage_id,
    vintage.reference_date,
    municipality.population
FROM territory.municipality
INNER JOIN territory.vintage ON municipality.vintage_id = vintage.vintage_id
WHERE municipality.municipality_code = any(%(codes)s::text [])
ORDER BY municipality.municipality_code, vintage.reference_date, vintage.vintage_id;

-- name: outlines
-- grain: one municipality of one vintage, as asked for, in this order
SELECT ST_AsBinary(municipality.geom_4326) AS outline
FROM
    unnest(%(vintage_ids)s::text [], %(codes)s::text [])
    WITH ORDINALITY AS wanted (vintage_id, municipality_code, place)
INNER JOIN territory.municipality
    ON
        wanted.vintage_id = municipality.vintage_id
        AND wanted.municipality_code = municipality.municipality_code
ORDER BY wanted.place;

-- name: counted_residents
-- grain: one of the given municipalities on one day of which a document says how many lived there
-- unit: residents
SELECT
    statement.municipality_code,
    document.as_of AS reference_date,
    statement.population
FROM territory.statement
INNER JOIN territory.document ON statement.document_id = document.document_id
WHERE
    statement.municipality_code = any(%(codes)s::text [])
    AND statement.population IS NOT NULL
    AND document.is_snapshot
ORDER BY statement.municipality_code, document.as_of, document.document_id;
