-- An audit: returns the cells whose numbers are not the sum over their parts, and the parts that lack a whole.
-- A denominator of inhabitants is the sum of the known ones; it is NULL where none is known.
WITH place AS (
    SELECT 'municipality' AS level, municipality_code AS code, 'province' AS parent_level, province_code AS parent_code
    FROM territory.municipality
    UNION ALL SELECT 'province', province_code, 'region', region_code FROM territory.province
    UNION ALL SELECT 'region', region_code, 'country', 'IT' FROM territory.region
),
summed AS (
    SELECT
        place.parent_level AS level, place.parent_code AS territory_code, indicator_id, period,
        sum(numerator) AS numerator, sum(denominator) AS denominator, sum(firms) AS firms,
        sum(firms_unknown) AS firms_unknown, count(*) AS parts
    FROM measure.observation
    INNER JOIN place ON observation.level = place.level AND observation.territory_code = place.code
    GROUP BY place.parent_level, place.parent_code, indicator_id, period
)
SELECT indicator_id, level, territory_code, period, whole.numerator, summed.numerator, whole.firms, summed.firms
FROM measure.observation AS whole
FULL JOIN summed USING (level, territory_code, indicator_id, period)
WHERE level <> 'municipality' AND (
    summed.parts IS NULL
    OR whole.numerator IS DISTINCT FROM summed.numerator
    OR whole.denominator IS DISTINCT FROM summed.denominator
    OR whole.firms IS DISTINCT FROM summed.firms
    OR whole.firms_unknown IS DISTINCT FROM summed.firms_unknown
)
