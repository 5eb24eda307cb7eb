-- name: begin_run
-- grain: one run
INSERT INTO ops.run (verb, software_version)
VALUES (%(verb)s::text, %(software_version)s::text)
RETURNING run_id;

-- name: end_run
-- grain: one run
UPDATE ops.run SET ended_at = clock_timestamp(), summary = %(summary)s::jsonb
WHERE run_id = %(run_id)s::bigint;

-- name: latest_extract
-- grain: one extract: the newest day, then the one that was loaded last
SELECT
    extract.source_id,
    extract.reference_date,
    extract.file_name,
    extract.sha256,
    extract.is_synthetic,
    extract.rows_in_file
FROM register.extract AS extract
WHERE %(source_id)s::text IS NULL OR extract.source_id = %(source_id)s::text
ORDER BY extract.reference_date DESC, extract.run_id DESC
LIMIT 1;

-- name: newest_extracts
-- grain: one extract per source: that of its newest day, the one that was loaded last; the newest of all sources last
WITH newest AS (
    SELECT DISTINCT ON (extract.source_id)
        extract.source_id,
        extract.reference_date,
        extract.file_name,
        extract.sha256,
        extract.is_synthetic,
        extract.rows_in_file,
        extract.run_id
    FROM register.extract AS extract
    WHERE %(source_id)s::text IS NULL OR extract.source_id = %(source_id)s::text
    ORDER BY extract.source_id ASC, extract.reference_date DESC, extract.run_id DESC
)

SELECT
    newest.source_id,
    newest.reference_date,
    newest.file_name,
    newest.sha256,
    newest.is_synthetic,
    newest.rows_in_file
FROM newest
ORDER BY newest.reference_date ASC, newest.run_id ASC;

-- name: extracts_of_period
-- grain: one extract of the day, or of any day; the earliest first, and of one day the one that was loaded last
SELECT
    extract.source_id,
    extract.reference_date,
    extract.file_name,
    extract.sha256,
    extract.is_synthetic,
    extract.rows_in_file
FROM register.extract AS extract
WHERE
    (%(source_id)s::text IS NULL OR extract.source_id = %(source_id)s::text)
    AND (%(period)s::date IS NULL OR extract.reference_date = %(period)s::date)
ORDER BY extract.reference_date ASC, extract.run_id ASC;

-- name: outdated_builds
-- grain: one later day of the source that was built before a build
SELECT build.reference_date
FROM measure.build AS build
WHERE
    build.source_id = %(source_id)s::text
    AND build.reference_date > %(reference_date)s::date
    AND build.build_id < %(build_id)s::bigint
ORDER BY build.reference_date;

-- name: municipalities_by_population
-- grain: municipality with a known population
-- unit: residents
SELECT
    municipality.municipality_code,
    municipality.name,
    province.sigla,
    region.name AS region,
    municipality.population
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
INNER JOIN territory.region AS region
    ON province.vintage_id = region.vintage_id AND province.region_code = region.region_code
WHERE municipality.vintage_id = %(vintage_id)s::text AND municipality.population > 0
ORDER BY municipality.municipality_code;

-- name: municipality_polygons_by_population
-- grain: municipality with a known population
-- unit: residents
SELECT
    municipality.municipality_code,
    municipality.istat_code,
    municipality.name,
    province.sigla,
    municipality.population,
    st_asbinary(municipality.geom_4326) AS geom
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
WHERE municipality.vintage_id = %(vintage_id)s::text AND municipality.population > 0
ORDER BY municipality.municipality_code;

-- name: has_opposite_extract
-- grain: one answer: whether the source holds a real extract where a synthetic one comes, or the other way round
SELECT EXISTS(
    SELECT 1 FROM register.extract
    WHERE source_id = %(source_id)s::text AND is_synthetic <> %(is_synthetic)s::boolean
) AS has_opposite_extract;

-- name: has_real_extract
-- grain: one answer
SELECT EXISTS(
    SELECT 1 FROM register.extract
    WHERE NOT is_synthetic
) AS has_real_extract;

-- name: vintages
-- grain: boundary vintage
SELECT
    vintage_id,
    reference_date,
    source,
    licence
FROM territory.vintage
ORDER BY reference_date, vintage_id;

-- name: extracts
-- grain: extract
SELECT
    source_id,
    reference_date,
    file_name,
    rows_in_file,
    rows_accepted,
    rows_rejected,
    is_synthetic
FROM register.extract
ORDER BY source_id, reference_date;

-- name: codes_of_vintage
-- grain: municipality
SELECT
    municipality.istat_code,
    municipality.municipality_code
FROM territory.municipality
WHERE municipality.vintage_id = %(vintage_id)s::text;

-- name: delete_context
-- grain: one table of the context of one day, with its values
DELETE FROM measure.context_file
WHERE context_id = %(context_id)s::text AND reference_date = %(reference_date)s::date;

-- name: insert_context_file
-- grain: one file of a table of the context
INSERT INTO measure.context_file (
    context_id, reference_date, file_name, sha256, rows_in_file, rows_accepted, rows_rejected, run_id
)
VALUES (
    %(context_id)s::text,
    %(reference_date)s::date,
    %(file_name)s::text,
    %(sha256)s::text,
    %(rows_in_file)s::integer,
    %(rows_accepted)s::integer,
    %(rows_rejected)s::integer,
    %(run_id)s::bigint
);
