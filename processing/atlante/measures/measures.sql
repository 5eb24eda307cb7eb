-- The firms that measures are counted of, and what they are counted by.
-- Queries of firms return them whole, as one value each: the reader takes from it the columns that the catalogue asks
-- for, and the planner makes of that a plain list of columns.

-- name: insert_build
-- grain: one build
INSERT INTO measure.build (
    source_id, reference_date, vintage_id, recipe, firms, firms_placed, firms_unplaced, is_synthetic, sources,
    run_id
)
VALUES (
    %(source_id)s::text,
    %(reference_date)s::date,
    %(vintage_id)s::text,
    %(recipe)s::jsonb,
    %(firms)s::integer,
    %(firms_placed)s::integer,
    %(firms_unplaced)s::jsonb,
    %(is_synthetic)s::boolean,
    %(sources)s::jsonb,
    %(run_id)s::bigint
)
RETURNING build_id;

-- name: delete_superseded_builds
-- grain: builds of the same source and day, with their observations
WITH superseded AS (
    DELETE FROM measure.build
    WHERE
        source_id = %(source_id)s::text
        AND reference_date = %(reference_date)s::date
        AND build_id <> %(build_id)s::bigint
    RETURNING build_id
)

DELETE FROM measure.observation
WHERE build_id IN (SELECT superseded.build_id FROM superseded);

-- name: summarise_observations
-- grain: nothing
SELECT measure.summarise_observations();

-- name: seats_of_placement
-- grain: one seat that firms of one source have on one day, placed in the vintage
SELECT
    placement.case_id,
    placement.municipality_code,
    coalesce(placement.municipality_then <> placement.municipality_code, FALSE) AS is_converted
FROM register.placement_case AS placement
WHERE
    placement.source_id = %(source_id)s::text
    AND placement.reference_date = %(reference_date)s::date
    AND placement.vintage_id = %(vintage_id)s::text
    AND placement.municipality_code IS NOT NULL;

-- name: placed_days
-- grain: one day at which the firms of a source are placed in the vintage
SELECT DISTINCT placement.reference_date
FROM register.placement_case AS placement
WHERE placement.source_id = %(source_id)s::text AND placement.vintage_id = %(vintage_id)s::text;

-- name: reference_dates
-- grain: one day of which a source has an extract
SELECT extract.reference_date
FROM register.extract AS extract
WHERE extract.source_id = %(source_id)s::text
ORDER BY extract.reference_date;

-- name: firms_of_day
-- grain: one firm of one source on one day
SELECT firm
FROM register.firm AS firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date);

-- name: entered_firms
-- grain: one firm that is there on the reference date and was not there on the day before it
-- A firm that only changed has a version that ended between the two: only such versions have to be looked through.
SELECT firm
FROM register.firm AS firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from > %(since)s::date
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
    AND NOT EXISTS (
        SELECT 1 FROM register.firm AS before
        WHERE
            before.source_id = %(source_id)s::text
            AND before.firm_id = firm.firm_id
            AND before.valid_from <= %(since)s::date
            AND before.valid_to > %(since)s::date
    );

-- name: left_firms
-- grain: one firm that was there on the reference date and is not there on the day after it
SELECT firm
FROM register.firm AS firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND firm.valid_to > %(reference_date)s::date
    AND firm.valid_to <= %(until)s::date
    AND NOT EXISTS (
        SELECT 1 FROM register.firm AS later
        WHERE
            later.source_id = %(source_id)s::text
            AND later.firm_id = firm.firm_id
            AND later.valid_from > %(reference_date)s::date
            AND later.valid_from <= %(until)s::date
            AND (later.valid_to IS NULL OR later.valid_to > %(until)s::date)
    );

-- name: cohort_firms
-- grain: one firm of one day, with whether it is there on a later day
SELECT
    firm,
    firm.valid_to IS NULL
    OR firm.valid_to > %(until)s::date
    OR EXISTS (
        SELECT 1 FROM register.firm AS later
        WHERE
            later.source_id = %(source_id)s::text
            AND later.firm_id = firm.firm_id
            AND later.valid_from > %(reference_date)s::date
            AND later.valid_from <= %(until)s::date
            AND (later.valid_to IS NULL OR later.valid_to > %(until)s::date)
    ) AS survives
FROM register.firm AS firm
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date);

-- name: places_of_vintage
-- grain: municipality, those of a province and of a region side by side
-- unit: residents, km2
SELECT
    municipality.municipality_code,
    municipality.province_code,
    province.region_code,
    municipality.population,
    municipality.area_km2
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY province.region_code, municipality.province_code, municipality.municipality_code;

-- name: outlines_of_vintage
-- grain: municipality
SELECT
    municipality_code,
    ST_AsBinary(geom_4326) AS outline
FROM territory.municipality
WHERE vintage_id = %(vintage_id)s::text;

-- name: ground_in_common
-- grain: a municipality of one vintage and one of another that lies on its ground; one of the two is asked for
-- Less than a hundredth of the one that is asked for is taken for the difference of two drawings.
WITH shared AS (
    -- pairs that meet, with what they have in common; areas in square degrees, for their proportions alone
    SELECT
        before.municipality_code AS code,
        after.municipality_code AS successor_code,
        ST_Area(ST_Intersection(before.geom_4326, after.geom_4326)) AS area,
        CASE WHEN before.municipality_code = any(%(lost)s::text []) THEN ST_Area(before.geom_4326) END AS lost_area,
        CASE WHEN after.municipality_code = any(%(unreached)s::text []) THEN ST_Area(after.geom_4326) END AS new_area
    FROM territory.municipality AS before
    INNER JOIN territory.municipality AS after ON ST_Intersects(before.geom_4326, after.geom_4326)
    WHERE
        before.vintage_id = %(since)s::text
        AND after.vintage_id = %(until)s::text
        AND (
            before.municipality_code = any(%(lost)s::text [])
            OR after.municipality_code = any(%(unreached)s::text [])
        )
)

SELECT
    shared.code,
    shared.successor_code
FROM shared
WHERE shared.area > 0.01 * shared.lost_area OR shared.area > 0.01 * shared.new_area;

-- name: earlier_builds
-- grain: build of the same source and of an earlier day, with the day of its boundaries and what its values mean
SELECT
    build.build_id,
    build.reference_date,
    build.vintage_id,
    vintage.reference_date AS vintage_day,
    build.recipe -> 'meanings' AS meanings
FROM measure.build AS build
INNER JOIN territory.vintage AS vintage ON build.vintage_id = vintage.vintage_id
WHERE build.source_id = %(source_id)s::text AND build.reference_date < %(reference_date)s::date
ORDER BY build.reference_date;

-- name: earlier_observations
-- grain: level x territory x slice of one indicator of a build and its reference date
SELECT
    observation.level,
    observation.territory_code,
    observation.filiera,
    observation.stage,
    observation.breakdown,
    observation.category,
    observation.value,
    observation.numerator,
    observation.denominator,
    observation.firms,
    observation.is_low_reliability
FROM measure.observation
WHERE
    observation.build_id = %(build_id)s::bigint
    AND observation.indicator_id = %(indicator_id)s::text
    AND observation.period = %(period)s::text
    AND observation.filiera = any(%(filiere)s::text [])
    AND observation.breakdown = any(%(breakdowns)s::text []);

-- name: days_of_variables
-- grain: one variable, with the day of its latest table up to the reference date
SELECT
    context.variable_id,
    max(context.reference_date) AS reference_date
FROM measure.context
WHERE
    context.variable_id = any(%(variable_ids)s::text [])
    AND context.reference_date <= %(reference_date)s::date
GROUP BY context.variable_id;

-- name: context_of_day
-- grain: municipality x variable
SELECT
    context.municipality_code,
    context.variable_id,
    context.value
FROM measure.context
WHERE context.variable_id = any(%(variable_ids)s::text []) AND context.reference_date = %(reference_date)s::date;
