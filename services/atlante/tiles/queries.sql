-- name: tile
-- grain: one tile; the empty string where it shows nothing
-- unit: EPSG:3857; tile_properties become the attributes, feature_number the id
WITH
-- What the tile covers, and the margin in which borders are drawn on beyond its edge (64 of 4096 units).
area AS (
    SELECT
        ST_TileEnvelope(%(tile_zoom)s::integer, %(tile_column)s::integer, %(tile_row)s::integer) AS envelope,
        ST_TileEnvelope(
            %(tile_zoom)s::integer, %(tile_column)s::integer, %(tile_row)s::integer, margin => 64.0 / 4096
        ) AS with_margin
),

-- Shapes of the zoom band, cut to the tile, in a fixed order: the same release always gives the same bytes.
shapes AS (
    SELECT
        f.feature_number,
        f.tile_properties,
        ST_AsMVTGeom(t.geom_3857, area.envelope, 4096, 64, TRUE) AS geom
    FROM area
    INNER JOIN publish.tile_geometry AS t ON area.with_margin && t.geom_3857
    INNER JOIN publish.feature AS f
        ON
            t.vintage_id = f.vintage_id
            AND t.level = f.level
            AND t.territory_code = f.territory_code
    WHERE
        f.release_id = %(release_id)s
        AND f.collection_id = %(collection_id)s
        AND t.vintage_id = %(vintage_id)s
        AND t.level = %(level)s
        AND %(tile_zoom)s::integer BETWEEN t.min_zoom AND t.max_zoom
    ORDER BY f.feature_number
)

SELECT ST_AsMVT(shapes.*, %(collection_id)s::text, 4096, 'geom', 'feature_number') AS mvt
FROM shapes
WHERE shapes.geom IS NOT NULL;
