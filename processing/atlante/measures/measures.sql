-- From firms to counts, and from counts to every level. The statement that counts is made from the catalogue, around
-- firms_of_day: see counting.py.

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
-- grain: builds of the same source and day, with their observations; cells go with their build
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

-- name: firms_of_day
-- grain: one placed firm of one source on one day
-- unit: division '' and year 0 mean unknown
SELECT
    placement.municipality_code,
    firm.is_high_tech,
    firm.has_rnd,
    firm.has_patents,
    firm.has_qualified_staff,
    firm.women_led,
    firm.young_led,
    firm.foreign_led,
    firm.legal_form,
    firm.status,
    firm.sector,
    firm.production_class,
    firm.staff_class,
    firm.capital_class,
    CASE WHEN firm.activity_code ~ '^[0-9]{2}' THEN left(firm.activity_code, 2) ELSE '' END AS division,
    coalesce(extract(YEAR FROM firm.special_section_date)::integer, 0) AS year
FROM register.firm AS firm
INNER JOIN register.placement_case AS placement
    ON firm.source_id = placement.source_id AND firm.seat_id = placement.case_id
WHERE
    placement.source_id = %(source_id)s::text
    AND placement.reference_date = %(reference_date)s::date
    AND placement.vintage_id = %(vintage_id)s::text
    AND placement.municipality_code IS NOT NULL
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date);

-- name: territories_of_vintage
-- grain: level x territory; territories without firms are there too
-- unit: population in residents: the sum of the known ones, NULL where none is known
WITH
-- a municipality and what it belongs to
place AS (
    SELECT
        municipality.municipality_code,
        municipality.province_code,
        province.region_code,
        municipality.population
    FROM territory.municipality AS municipality
    INNER JOIN territory.province AS province
        ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
    WHERE municipality.vintage_id = %(vintage_id)s::text
)

SELECT
    CASE
        WHEN municipality_code IS NOT NULL THEN 'municipality'
        WHEN province_code IS NOT NULL THEN 'province'
        WHEN region_code IS NOT NULL THEN 'region'
        ELSE 'country'
    END AS level,
    coalesce(municipality_code, province_code, region_code, %(country_code)s::text) AS territory_code,
    sum(population) AS population
FROM place
GROUP BY
    GROUPING SETS (
        (region_code, province_code, municipality_code), (region_code, province_code), (region_code), ()
    )
ORDER BY level, territory_code;

-- name: counts_of_build
-- grain: level x territory x measure x category (a year, a division, or '' where nothing is broken down)
-- unit: firms; no row = counted none
WITH
-- a municipality and what it belongs to
place AS (
    SELECT
        municipality.municipality_code,
        municipality.province_code,
        province.region_code
    FROM territory.municipality AS municipality
    INNER JOIN territory.province AS province
        ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
    WHERE municipality.vintage_id = %(vintage_id)s::text
),

-- the cells with no more detail than is asked for
counted AS (
    SELECT
        municipality_code,
        measure_id,
        CASE %(breakdown)s::text
            WHEN 'year' THEN year::text
            WHEN 'division' THEN division
            ELSE ''
        END AS category,
        sum(n) AS n
    FROM measure.cell
    WHERE build_id = %(build_id)s::bigint AND measure_id = any(%(measure_ids)s::text [])
    GROUP BY municipality_code, measure_id, category
)

SELECT
    counted.measure_id,
    counted.category,
    CASE
        WHEN place.municipality_code IS NOT NULL THEN 'municipality'
        WHEN place.province_code IS NOT NULL THEN 'province'
        WHEN place.region_code IS NOT NULL THEN 'region'
        ELSE 'country'
    END AS level,
    coalesce(place.municipality_code, place.province_code, place.region_code, %(country_code)s::text)
        AS territory_code,
    sum(counted.n)::bigint AS n
FROM counted
INNER JOIN place ON counted.municipality_code = place.municipality_code
GROUP BY
    counted.measure_id,
    counted.category,
    GROUPING SETS (
        (place.region_code, place.province_code, place.municipality_code),
        (place.region_code, place.province_code),
        (place.region_code),
        ()
    );
