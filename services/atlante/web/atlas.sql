-- What the atlas page reads: publish.* and nothing else.

-- name: atlas_places
-- grain: one territory with one indicator
-- unit: the indicator's; NULL = suppressed or not available, the status says which
SELECT
    territory_code,
    properties ->> 'name' AS name,
    properties ->> 'province' AS province,
    properties ->> 'region' AS region,
    (properties ->> %(indicator)s::text)::double precision AS value,
    (properties ->> (%(indicator)s::text || '_low'))::double precision AS low,
    (properties ->> (%(indicator)s::text || '_high'))::double precision AS high,
    (properties ->> (%(indicator)s::text || '_firms'))::double precision AS firms,
    properties ->> (%(indicator)s::text || '_status') AS status
FROM publish.feature
WHERE release_id = %(release_id)s AND collection_id = %(collection_id)s
ORDER BY feature_number;

-- name: atlas_digits
-- grain: one indicator of one collection
-- unit: decimal places; published values are rounded to their indicator's digits, so the longest one has them all
SELECT coalesce(max(scale(trim_scale((properties ->> %(indicator)s::text)::numeric))), 0) AS digits
FROM publish.feature
WHERE release_id = %(release_id)s AND collection_id = %(collection_id)s;

-- name: atlas_bounds
-- grain: one territory of one collection
-- unit: degrees
SELECT
    st_xmin(geom_4326) AS min_lon,
    st_ymin(geom_4326) AS min_lat,
    st_xmax(geom_4326) AS max_lon,
    st_ymax(geom_4326) AS max_lat
FROM publish.geometry
WHERE (vintage_id, level, territory_code) IN (
    SELECT
        vintage_id,
        level,
        territory_code
    FROM publish.feature
    WHERE
        release_id = %(release_id)s
        AND collection_id = %(collection_id)s
        AND territory_code = %(territory)s
);
