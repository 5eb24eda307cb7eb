-- The register is a diff: only what an extract changes is written. "Current" is the open version of a firm, valid_to
-- being null. What is new or otherwise passes through staging; what ends is in outdated.

-- name: latest_reference_date
-- grain: one row; null where nothing is loaded from the source
SELECT max(reference_date) AS reference_date
FROM register.extract
WHERE source_id = %(source_id)s;

-- name: open_source
-- grain: one row: the partition that is made for a source without firms; null where it has some, or had
SELECT register.open_source(%(source_id)s::text) AS partition;

-- name: index_source
-- grain: one row
SELECT register.index_source(%(partition)s::text) AS nothing;

-- name: set_local
-- grain: one setting of this transaction
SELECT set_config(%(name)s::text, %(setting)s::text, TRUE) AS setting;

-- name: current_digests
-- grain: ten thousand current firms: their ids one after the other, the lengths of those in bytes, the digests of the
-- rows, and how many of these are not known. Ten thousand at a time take a tenth of the time of one at a time.
WITH current AS (
    -- numbered as they come: any order will do
    SELECT
        firm.firm_id,
        firm.row_digest,
        row_number() OVER () / 10000 AS part
    FROM register.firm AS firm
    WHERE firm.source_id = %(source_id)s::text AND firm.valid_to IS NULL
)

SELECT
    string_agg(current.firm_id, '') AS firm_ids,
    string_agg(int4send(octet_length(current.firm_id)), ''::bytea) AS lengths,
    string_agg(int8send(coalesce(current.row_digest, 0)), ''::bytea) AS digests,
    count(*) FILTER (WHERE current.row_digest IS NULL) AS unknown
FROM current
GROUP BY current.part;

-- name: firms_without_digest
-- grain: one current firm of which no digest is known; the columns that are digested, in the order of the code
SELECT
    firm.firm_id,
    firm.name,
    firm.legal_form,
    firm.status,
    firm.declared_province,
    firm.declared_municipality,
    firm.declared_region,
    firm.activity_code,
    firm.activity_edition,
    firm.sector,
    firm.special_section_date,
    firm.registration_date,
    firm.start_date,
    firm.production_class,
    firm.staff_class,
    firm.capital_class,
    firm.is_high_tech,
    firm.has_rnd,
    firm.has_patents,
    firm.has_qualified_staff,
    firm.women_led,
    firm.young_led,
    firm.foreign_led,
    firm.declared_istat_code,
    firm.declared_belfiore_code,
    firm.postal_code,
    firm.longitude,
    firm.latitude
FROM register.firm AS firm
WHERE firm.source_id = %(source_id)s::text AND firm.valid_to IS NULL AND firm.row_digest IS NULL;

-- name: write_digests
-- grain: one current firm
UPDATE register.firm AS firm
SET row_digest = known.row_digest
FROM unnest(%(firm_ids)s::text [], %(digests)s::bigint []) AS known (firm_id, row_digest)
WHERE firm.source_id = %(source_id)s::text AND firm.valid_to IS NULL AND firm.firm_id = known.firm_id;

-- name: forget_placements
-- grain: one seat at the reference date; what was placed is about to be replaced
DELETE FROM register.placement_case
WHERE source_id = %(source_id)s AND reference_date = %(reference_date)s;

-- name: forget_versions
-- grain: one version that this very date opened and that the extract no longer shows
DELETE FROM register.firm AS firm
USING register.outdated AS outdated
WHERE
    firm.source_id = %(source_id)s
    AND firm.firm_id = outdated.firm_id
    AND firm.valid_to IS NULL
    AND firm.valid_from = %(reference_date)s;

-- name: close_versions
-- grain: one older version that the extract no longer shows: the firm has changed or is gone
UPDATE register.firm AS firm
SET valid_to = %(reference_date)s
FROM register.outdated AS outdated
WHERE
    firm.source_id = %(source_id)s
    AND firm.firm_id = outdated.firm_id
    AND firm.valid_to IS NULL;

-- name: reopen_versions
-- grain: one version that this very date had closed and that the extract shows after all; it leaves staging
WITH reopened AS (
    -- set against set, without a look at each firm by its own: see load.py
    UPDATE register.firm AS firm
    SET valid_to = NULL
    FROM register.staging AS staging
    WHERE
        firm.source_id = %(source_id)s
        AND firm.valid_to = %(reference_date)s
        AND staging.firm_id = firm.firm_id
        AND staging.row_digest = firm.row_digest
    RETURNING firm.firm_id
)

DELETE FROM register.staging
USING reopened
WHERE register.staging.firm_id = reopened.firm_id;

-- name: open_versions
-- grain: one firm of the extract that is new, changed or back; its older version is closed or gone by now
INSERT INTO register.firm (
    source_id, run_id, row_number, firm_id, row_digest, seat_id, distance_m, name, legal_form, status,
    declared_province, declared_municipality, declared_region, declared_istat_code, declared_belfiore_code,
    postal_code, longitude, latitude, activity_code, activity_edition, sector, special_section_date,
    registration_date, start_date, production_class, staff_class, capital_class, is_high_tech, has_rnd, has_patents,
    has_qualified_staff, women_led, young_led, foreign_led, valid_from
)
SELECT
    %(source_id)s,
    staging.run_id,
    staging.row_number,
    staging.firm_id,
    staging.row_digest,
    staging.seat_id,
    staging.distance_m,
    staging.name,
    staging.legal_form,
    staging.status,
    staging.declared_province,
    staging.declared_municipality,
    staging.declared_region,
    staging.declared_istat_code,
    staging.declared_belfiore_code,
    staging.postal_code,
    staging.longitude,
    staging.latitude,
    staging.activity_code,
    staging.activity_edition,
    staging.sector,
    staging.special_section_date,
    staging.registration_date,
    staging.start_date,
    staging.production_class,
    staging.staff_class,
    staging.capital_class,
    staging.is_high_tech,
    staging.has_rnd,
    staging.has_patents,
    staging.has_qualified_staff,
    staging.women_led,
    staging.young_led,
    staging.foreign_led,
    %(reference_date)s AS valid_from
FROM register.staging AS staging;

-- name: delete_staged
-- grain: one row of the extract that names a firm again
DELETE FROM register.staging
WHERE row_number = any(%(row_numbers)s::integer []);

-- name: delete_copied
-- grain: one row of the first extract of a source that names a firm again
DELETE FROM register.firm
WHERE source_id = %(source_id)s::text AND row_number = any(%(row_numbers)s::integer []);

-- name: known_reading
-- grain: one row, or none: how the rows were read that are known of a source; they are those of its latest extract
SELECT known_extract.reading
FROM register.known_extract
INNER JOIN register.extract
    ON
        known_extract.source_id = extract.source_id
        AND known_extract.reference_date = extract.reference_date
        AND known_extract.run_id = extract.run_id
WHERE
    known_extract.source_id = %(source_id)s::text
    AND NOT EXISTS (
        SELECT 1 FROM register.extract AS later
        WHERE later.source_id = extract.source_id AND later.reference_date > extract.reference_date
    );

-- name: known_rows
-- grain: one part of the rows that are known of a source
SELECT
    known_rows.raw_digests,
    known_rows.row_digests,
    known_rows.notes,
    known_rows.firm_ids,
    known_rows.lengths,
    known_rows.dropped
FROM register.known_rows
WHERE known_rows.source_id = %(source_id)s::text
ORDER BY known_rows.part;

-- name: forget_known_rows
-- grain: one part of the rows that are known of a source
DELETE FROM register.known_rows
WHERE source_id = %(source_id)s::text;

-- name: forget_known_extract
-- grain: one source
DELETE FROM register.known_extract
WHERE source_id = %(source_id)s::text;

-- name: keep_rows
-- grain: one part of the rows that are known of a source
INSERT INTO register.known_rows (
    source_id, part, raw_digests, row_digests, notes, firm_ids, lengths, dropped
)
VALUES (
    %(source_id)s, %(part)s, %(raw_digests)s, %(row_digests)s, %(notes)s, %(firm_ids)s, %(lengths)s, %(dropped)s
);

-- name: record_known_extract
-- grain: one source: the known rows are those of its latest extract
INSERT INTO register.known_extract (source_id, reading, reference_date, run_id)
SELECT
    extract.source_id,
    %(reading)s::text AS reading,
    extract.reference_date,
    extract.run_id
FROM register.extract
WHERE extract.source_id = %(source_id)s::text
ORDER BY extract.reference_date DESC
LIMIT 1
ON CONFLICT (source_id) DO UPDATE
    SET
        reading = excluded.reading,
        reference_date = excluded.reference_date,
        run_id = excluded.run_id;

-- name: record_extract
-- grain: one extract; the same file again is not recorded twice
INSERT INTO register.extract (
    source_id, reference_date, file_name, sha256, is_synthetic, rows_in_file, rows_accepted, rows_rejected, run_id
)
VALUES (
    %(source_id)s, %(reference_date)s, %(file_name)s, %(sha256)s, %(is_synthetic)s, %(rows_in_file)s,
    %(rows_accepted)s, %(rows_rejected)s, %(run_id)s
)
ON CONFLICT (source_id, reference_date) DO UPDATE
    SET
        file_name = excluded.file_name,
        sha256 = excluded.sha256,
        is_synthetic = excluded.is_synthetic,
        rows_in_file = excluded.rows_in_file,
        rows_accepted = excluded.rows_accepted,
        rows_rejected = excluded.rows_rejected,
        run_id = excluded.run_id
    WHERE
    register.extract.sha256 <> excluded.sha256
    OR register.extract.rows_accepted <> excluded.rows_accepted
    OR %(is_changed)s;
