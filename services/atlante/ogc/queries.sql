-- Features of one collection. Conditions, an order and a limit are appended (atlante.ogc.conditions, .features).

-- name: features
-- grain: one feature; geometry and properties are JSON texts that were made at publication; null: no geometry is known
SELECT
    f.feature_id,
    f.properties_json,
    CASE WHEN %(is_overview)s THEN g.overview_json ELSE g.geometry_json END AS geometry
FROM publish.feature AS f
LEFT JOIN publish.geometry AS g
    ON
        f.vintage_id = g.vintage_id
        AND f.level = g.level
        AND f.territory_code = g.territory_code
WHERE
    f.release_id = %(release_id)s
    AND f.collection_id = %(collection_id)s;

-- name: features_transformed
-- grain: one feature in another reference system
-- PostGIS computes x, y. Where the authority puts north first, swap is 1 and keep 0: an affine map turns the axes.
SELECT
    f.feature_id,
    f.properties_json,
    ST_AsGeoJSON(
        ST_Affine(
            ST_Transform(
                CASE
                    WHEN %(is_overview)s THEN ST_SetSRID(ST_GeomFromGeoJSON(g.overview_json), 4326)
                    ELSE g.geom_4326
                END,
                %(srid)s::integer
            ),
            %(keep)s, %(swap)s, %(swap)s, %(keep)s, 0, 0
        ),
        %(digits)s::integer,
        0
    ) AS geometry
FROM publish.feature AS f
LEFT JOIN publish.geometry AS g
    ON
        f.vintage_id = g.vintage_id
        AND f.level = g.level
        AND f.territory_code = g.territory_code
WHERE
    f.release_id = %(release_id)s
    AND f.collection_id = %(collection_id)s;

-- name: features_without_geometry
-- grain: one feature
SELECT
    f.feature_id,
    f.properties_json,
    NULL AS geometry
FROM publish.feature AS f
WHERE
    f.release_id = %(release_id)s
    AND f.collection_id = %(collection_id)s;

-- name: numbers
-- grain: one feature: its place in the order of the collection
SELECT f.feature_number
FROM publish.feature AS f
WHERE
    f.release_id = %(release_id)s
    AND f.collection_id = %(collection_id)s;

-- name: count
-- grain: one row; unit: features
SELECT count(*) AS features
FROM publish.feature AS f
WHERE
    f.release_id = %(release_id)s
    AND f.collection_id = %(collection_id)s;

-- name: neighbours
-- grain: the feature before and the one after; at the ends of a collection only one of them
-- Features are numbered without gaps. Ids and nothing else: geometry of neighbours would cost more than the answer.
WITH here AS (
    SELECT f.feature_number
    FROM publish.feature AS f
    WHERE
        f.release_id = %(release_id)s
        AND f.collection_id = %(collection_id)s
        AND f.feature_id = %(feature_id)s
)

SELECT
    f.feature_id,
    f.feature_number > here.feature_number AS is_later
FROM here
INNER JOIN publish.feature AS f
    ON
        f.feature_number IN (here.feature_number - 1, here.feature_number + 1)
        AND f.release_id = %(release_id)s
        AND f.collection_id = %(collection_id)s;

-- name: territories_where
-- grain: one territory; a condition on its geometry is appended
SELECT
    g.vintage_id,
    g.level,
    g.territory_code
FROM publish.geometry AS g
WHERE TRUE;
