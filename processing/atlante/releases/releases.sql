-- What a release is made of, and how it becomes the current one. All of it runs in one transaction.

-- name: latest_build
-- grain: one build: of the source that was built last, that of its newest day
SELECT
    build.build_id,
    build.source_id,
    build.reference_date,
    build.vintage_id,
    build.recipe,
    build.firms,
    build.firms_placed,
    build.firms_unplaced,
    build.is_synthetic,
    build.sources,
    vintage.reference_date AS boundary_date
FROM measure.build AS build
INNER JOIN territory.vintage AS vintage ON build.vintage_id = vintage.vintage_id
WHERE
    build.source_id = (
        SELECT last_built.source_id FROM measure.build AS last_built
        ORDER BY last_built.build_id DESC
        LIMIT 1
    )
ORDER BY build.reference_date DESC
LIMIT 1;

-- name: observations_of_release
-- grain: level x territory x indicator x period x slice
-- unit: as the indicator declares
-- Of an earlier day of the same source what has the same boundaries and the same definition; of a period that several
-- builds tell of, what the newest one says.
WITH
newest AS (
    SELECT
        build.source_id,
        build.vintage_id,
        build.is_synthetic,
        build.reference_date,
        build.recipe
    FROM measure.build AS build
    WHERE build.build_id = %(build_id)s::bigint
),

eligible AS (
    SELECT
        build.build_id,
        build.reference_date,
        build.recipe -> 'meanings' AS meanings,
        newest.recipe -> 'meanings' AS asked
    FROM measure.build AS build
    INNER JOIN newest
        ON
            build.source_id = newest.source_id
            AND build.vintage_id = newest.vintage_id
            AND build.is_synthetic = newest.is_synthetic
    WHERE build.reference_date <= newest.reference_date
),

told AS (
    SELECT
        observation.build_id,
        observation.indicator_id,
        observation.period,
        observation.filiera
    FROM measure.observation AS observation
    WHERE observation.build_id IN (SELECT eligible.build_id FROM eligible)
    GROUP BY observation.build_id, observation.indicator_id, observation.period, observation.filiera
),

chosen AS (
    SELECT DISTINCT ON (told.indicator_id, told.period, told.filiera)
        told.build_id,
        told.indicator_id,
        told.period,
        told.filiera
    FROM told
    INNER JOIN eligible ON told.build_id = eligible.build_id
    WHERE
        eligible.meanings #>> ARRAY['indicators', told.indicator_id]
        = eligible.asked #>> ARRAY['indicators', told.indicator_id]
        AND (
            told.filiera = ''
            OR eligible.meanings #>> ARRAY['filiere', told.filiera]
            = eligible.asked #>> ARRAY['filiere', told.filiera]
        )
    ORDER BY told.indicator_id ASC, told.period ASC, told.filiera ASC, eligible.reference_date DESC
)

SELECT
    observation.level,
    observation.territory_code,
    observation.indicator_id,
    observation.period,
    observation.filiera,
    observation.stage,
    observation.breakdown,
    observation.category,
    observation.value,
    observation.low,
    observation.high,
    observation.smoothed,
    observation.numerator,
    observation.denominator,
    observation.converted_share,
    observation.rank_low,
    observation.rank_high,
    observation.firms,
    observation.firms_unknown,
    observation.is_low_reliability
FROM measure.observation AS observation
INNER JOIN chosen
    ON
        observation.build_id = chosen.build_id
        AND observation.indicator_id = chosen.indicator_id
        AND observation.period = chosen.period
        AND observation.filiera = chosen.filiera;

-- name: placements_of_build
-- grain: municipality x method
-- unit: firms; confidence is their sum
WITH
-- each conflict begins with what it is about
placed AS (
    SELECT
        municipality_code,
        method,
        firms,
        confidence,
        located_code IS NOT NULL AS has_point,
        cardinality(conflicts) > 0 AS is_disagreeing,
        array_to_string(conflicts, E'\n') ~ '(^|\n)located:' AS is_elsewhere
    FROM register.placement_case
    WHERE
        source_id = %(source_id)s::text
        AND reference_date = %(reference_date)s::date
        AND vintage_id = %(vintage_id)s::text
        AND municipality_code IS NOT NULL
)

SELECT
    municipality_code,
    method,
    sum(firms)::bigint AS firms,
    coalesce(sum(firms) FILTER (WHERE is_disagreeing), 0)::bigint AS disagreeing,
    coalesce(sum(firms) FILTER (WHERE has_point OR is_elsewhere), 0)::bigint AS located,
    coalesce(sum(firms) FILTER (WHERE is_elsewhere), 0)::bigint AS elsewhere,
    sum(firms * confidence)::double precision AS confidence
FROM placed
GROUP BY municipality_code, method
ORDER BY municipality_code, method;

-- name: municipalities_of_vintage
-- grain: municipality
-- unit: population in residents, area in km2
SELECT
    municipality.municipality_code AS code,
    municipality.name,
    municipality.name_it,
    municipality.name_other,
    municipality.istat_code,
    province.sigla,
    province.province_code,
    province.name AS province,
    region.region_code,
    region.name AS region,
    municipality.population,
    municipality.area_km2,
    municipality.provenance
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
INNER JOIN territory.region AS region
    ON province.vintage_id = region.vintage_id AND province.region_code = region.region_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;

-- name: geometries_of_vintage
-- grain: municipality
SELECT
    municipality_code,
    province_code,
    ST_AsBinary(geom_4326) AS wkb
FROM territory.municipality
WHERE vintage_id = %(vintage_id)s::text
ORDER BY municipality_code;

-- name: outlines_of_vintage
-- grain: province or region: their outlines are made of municipalities once, when the vintage is loaded
SELECT
    'province' AS level,
    province_code AS code,
    region_code AS parent_code,
    name,
    sigla,
    area_km2,
    ST_AsBinary(geom_4326) AS wkb
FROM territory.province
WHERE vintage_id = %(vintage_id)s::text
UNION ALL
SELECT
    'region' AS level,
    region_code AS code,
    'IT' AS parent_code,
    name,
    NULL AS sigla,
    area_km2,
    ST_AsBinary(geom_4326) AS wkb
FROM territory.region
WHERE vintage_id = %(vintage_id)s::text
ORDER BY level, code;

-- name: has_geometry
-- grain: one answer
SELECT EXISTS(
    SELECT 1 FROM publish.geometry
    WHERE vintage_id = %(vintage_id)s::text
) AS has_geometry;

-- name: keep_secret
-- grain: one secret; one that is there already stays
INSERT INTO ops.secret (name, value)
VALUES (%(name)s::text, %(value)s::bytea)
ON CONFLICT (name) DO NOTHING;

-- name: secret
-- grain: one secret
SELECT value FROM ops.secret
WHERE name = %(name)s::text;

-- name: features_without_geometry
-- grain: feature of a release that should have a geometry and has none; there must be none
SELECT
    feature.collection_id,
    feature.feature_id
FROM publish.feature AS feature
LEFT JOIN publish.geometry AS geometry
    ON
        feature.vintage_id = geometry.vintage_id
        AND feature.level = geometry.level
        AND feature.territory_code = geometry.territory_code
WHERE
    feature.release_id = %(release_id)s::text
    AND feature.vintage_id IS NOT NULL
    AND geometry.territory_code IS NULL
ORDER BY feature.collection_id, feature.feature_number
LIMIT 1;

-- name: next_release_number
-- grain: one number
SELECT coalesce(max(split_part(release_id, '.', 2)::integer), 0) + 1 AS number
FROM publish.release
WHERE reference_date = %(reference_date)s::date;

-- name: retire_current_release
-- grain: the release that is current
UPDATE publish.release SET is_current = FALSE
WHERE is_current;

-- name: insert_release
-- grain: one release
INSERT INTO publish.release (
    release_id, reference_date, vintage_id, is_synthetic, is_current, recipe, linkage, sources
)
VALUES (
    %(release_id)s::text,
    %(reference_date)s::date,
    %(vintage_id)s::text,
    %(is_synthetic)s::boolean,
    TRUE,
    %(recipe)s::jsonb,
    %(linkage)s::jsonb,
    %(sources)s::jsonb
);

-- name: insert_collection
-- grain: one collection
INSERT INTO publish.collection (
    release_id, collection_id, position, kind, level, title, description, keywords, fields, bbox, begins, ends,
    item_count, has_tiles
)
VALUES (
    %(release_id)s::text,
    %(collection_id)s::text,
    %(position)s::smallint,
    %(kind)s::text,
    %(level)s::text,
    %(title)s::jsonb,
    %(description)s::jsonb,
    %(keywords)s::text [],
    %(fields)s::jsonb,
    %(bbox)s::double precision [],
    %(begins)s::date,
    %(ends)s::date,
    %(item_count)s::integer,
    %(has_tiles)s::boolean
);

-- name: delete_old_releases
-- grain: releases beyond the number that is kept; the current one is the newest
DELETE FROM publish.release
WHERE release_id IN (
    SELECT release_id FROM publish.release
    ORDER BY published_at DESC, release_id DESC
    OFFSET %(keep)s::integer
);

-- name: delete_unused_geometry
-- grain: territories of vintages, and outlines of the past, that no release uses any more
DELETE FROM publish.geometry AS geometry
WHERE
    NOT EXISTS (
        SELECT 1 FROM publish.release AS release
        WHERE release.vintage_id = geometry.vintage_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM publish.feature AS feature
        WHERE
            geometry.vintage_id = 'history'
            AND feature.vintage_id = 'history'
            AND feature.level = geometry.level
            AND feature.territory_code = geometry.territory_code
    );

-- name: refresh_statistics
-- grain: nothing
SELECT publish.refresh_statistics();

-- name: current_release
-- grain: the release that is served
SELECT
    release_id,
    published_at,
    reference_date,
    vintage_id,
    is_synthetic,
    linkage
FROM publish.release
WHERE is_current;
