-- An audit: returns the cells whose numbers are not those of their parts, and the parts and wholes that lack each other.
-- Parts are the municipalities of a province, the provinces of a region, the regions of the country, as far as the
-- indicator has these levels. Numbers are equal to the last digit; areas and contextual variables are no whole numbers,
-- whose sums depend on their order: there 1e-9 of the sum is let pass.
--
-- Of all firms together every part has a row. Of a slice every province and region has one; a municipality without one
-- counts 0, so that a municipality where anything of the slice is counted, or unknown, must have its row.
-- What a slice is divided by need not be of the slice:
--   inhabitants, ground: the same as of all firms together, whose known ones add up (NULL where none is known);
--   all firms, of its share and its quotient: those of known activity, which is all that the indicator 'firms' counts
--     less those of unknown activity; both add up;
--   firms of the filiera, of the share of a stage: what 'firms' counts of the filiera.
-- Not looked at: the values that a change compares (it has no other numerator or denominator), and composites, whose
-- firms are the least of several indicators.
WITH place AS (
    SELECT 'municipality' AS level, municipality_code AS code, 'province' AS parent_level, province_code AS parent_code
    FROM territory.municipality
    UNION ALL SELECT 'province', province_code, 'region', region_code FROM territory.province
    UNION ALL SELECT 'region', region_code, 'country', 'IT' FROM territory.region
),
-- how many parts there are
divided AS (
    SELECT parent_level AS level, parent_code AS territory_code, level AS part_level, count(*) AS expected
    FROM place
    GROUP BY parent_level, parent_code, level
),
-- what an indicator is, of every build; here alone definitions are taken apart
defined AS MATERIALIZED (
    SELECT
        build_id, key AS indicator_id, value -> 'levels' AS levels, value ? 'growth' AS is_change,
        value ? 'slice-share' OR coalesce(value #>> '{location-quotient,of}' = 'slice', FALSE) AS is_of_slice,
        coalesce(value #>> '{rate,per}' IN ('inhabitants', 'km2'), FALSE) AS is_by_place,
        value #>> '{slice-share,among}' AS among,
        coalesce(value #>> '{slice-share,firms}', value #>> '{location-quotient,among}') = 'all' AS is_of_all,
        CASE WHEN value ? 'contextual' OR value #>> '{rate,per}' = 'km2' THEN 1e-9 ELSE 0 END AS tolerance
    FROM measure.build
    CROSS JOIN LATERAL jsonb_each(recipe -> 'indicators')
    WHERE NOT value ? 'composite'
),
observed AS (
    SELECT
        observation.*, levels, is_of_slice, is_by_place, among, is_of_all, tolerance,
        filiera = '' AND breakdown = '' AS is_all,
        CASE WHEN NOT is_change THEN numerator END AS above,
        CASE WHEN NOT is_change THEN denominator END AS below
    FROM measure.observation
    INNER JOIN defined USING (build_id, indicator_id)
),
summed AS (
    SELECT
        build_id, place.parent_level AS level, place.parent_code AS territory_code, indicator_id, period, filiera,
        stage, breakdown, category, sum(above) AS above, sum(below) AS below, sum(firms) AS firms,
        sum(firms_unknown) AS firms_unknown, count(*) AS parts
    FROM observed
    INNER JOIN place ON observed.level = place.level AND observed.territory_code = place.code
    WHERE levels ? place.parent_level
    GROUP BY
        build_id, place.parent_level, place.parent_code, indicator_id, period, filiera, stage, breakdown, category
),
-- wholes beside the sums over their parts; 0 of what no part of a slice has
compared AS (
    SELECT
        build_id, level, territory_code, indicator_id, period, filiera, stage, breakdown, category,
        whole.levels, whole.is_all, whole.tolerance, whole.above, whole.below, whole.firms, whole.firms_unknown,
        whole.is_of_slice, whole.is_by_place,
        whole.build_id IS NULL AS has_no_whole,
        coalesce(summed.parts, 0) AS parts,
        CASE WHEN summed.parts IS NULL AND whole.above IS NOT NULL THEN 0 ELSE summed.above END AS sum_above,
        CASE WHEN summed.parts IS NULL AND whole.below IS NOT NULL THEN 0 ELSE summed.below END AS sum_below,
        coalesce(summed.firms, 0) AS sum_firms,
        coalesce(summed.firms_unknown, 0) AS sum_unknown
    FROM (SELECT * FROM observed WHERE level <> 'municipality') AS whole
    FULL JOIN summed
        USING (build_id, level, territory_code, indicator_id, period, filiera, stage, breakdown, category)
),
added AS (
    SELECT indicator_id, level, territory_code, period, filiera, stage, category, above, sum_above, firms, sum_firms
    FROM compared
    LEFT JOIN divided USING (level, territory_code)
    WHERE has_no_whole OR (levels ? divided.part_level AND (
        (parts <> divided.expected AND (is_all OR divided.part_level <> 'municipality'))
        OR (above IS NULL) <> (sum_above IS NULL)
        OR abs(above - sum_above) > tolerance * abs(above)
        OR firms_unknown <> sum_unknown
        OR (NOT is_of_slice AND firms <> sum_firms)
        OR (NOT is_of_slice AND (is_all OR NOT is_by_place) AND (
            (below IS NULL) <> (sum_below IS NULL) OR abs(below - sum_below) > tolerance * abs(below)
        ))
    ))
),
-- slices that are divided by what is not of the slice, at every level
others AS (
    SELECT
        *,
        CASE
            WHEN is_by_place THEN max(below) FILTER (WHERE is_all) OVER same_indicator
            WHEN among = 'filiera' THEN
                coalesce(max(above) FILTER (WHERE indicator_id = 'firms' AND stage = '') OVER same_filiera, 0)
            ELSE max(above) FILTER (WHERE indicator_id = 'firms' AND is_all) OVER same_territory - firms_unknown
        END AS expected,
        CASE
            WHEN is_by_place THEN NOT is_all
            WHEN among = 'filiera' THEN is_of_all AND stage <> ''
            ELSE is_of_all AND filiera <> ''
        END AS is_asked
    FROM observed
    WHERE is_by_place OR is_of_slice OR (indicator_id = 'firms' AND breakdown = '')
    WINDOW
        same_territory AS (PARTITION BY build_id, level, territory_code, period),
        same_filiera AS (PARTITION BY build_id, level, territory_code, period, filiera),
        same_indicator AS (PARTITION BY build_id, level, territory_code, period, indicator_id)
)
SELECT indicator_id, level, territory_code, period, filiera, stage, category, above, sum_above, firms, sum_firms
FROM added
UNION ALL
SELECT indicator_id, level, territory_code, period, filiera, stage, category, below, expected, firms, expected
FROM others
WHERE is_asked AND above IS NOT NULL
    AND (below IS DISTINCT FROM expected OR (is_of_slice AND firms IS DISTINCT FROM expected))
