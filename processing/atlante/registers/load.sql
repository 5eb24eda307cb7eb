-- The register is a diff: only what an extract changes is written. "Current" is the open version of a firm, valid_to
-- being null. The four writing steps serve a later extract and the same date loaded again alike.

-- name: latest_reference_date
-- grain: one row; null where nothing is loaded from the source
SELECT max(reference_date) AS reference_date
FROM register.extract
WHERE source_id = %(source_id)s;

-- name: set_nested_loops
-- grain: one setting of this transaction
-- The role that loads owns no table and so can't ANALYZE: without statistics of what was just copied, the planner
-- takes a million rows for a few and compares each with each.
SELECT set_config('enable_nestloop', %(setting)s, TRUE) AS setting;

-- name: count_differences
-- grain: one row; firms of the extract and the register, each counted once
WITH current AS (
    -- the register before this extract
    SELECT
        firm.firm_id,
        firm.row_sha256
    FROM register.firm AS firm
    WHERE firm.source_id = %(source_id)s AND firm.valid_to IS NULL
)

SELECT
    count(*) FILTER (WHERE current.firm_id IS NULL) AS firms_new,
    count(*) FILTER (WHERE staging.row_sha256 <> current.row_sha256) AS firms_changed,
    count(*) FILTER (WHERE staging.firm_id IS NULL) AS firms_closed,
    count(*) FILTER (WHERE staging.row_sha256 = current.row_sha256) AS firms_unchanged
FROM register.staging AS staging
FULL JOIN current ON staging.firm_id = current.firm_id;

-- name: forget_placements
-- grain: one firm at the reference date; what was placed is about to be replaced
DELETE FROM register.placement
WHERE source_id = %(source_id)s AND reference_date = %(reference_date)s;

-- name: forget_versions
-- grain: one version that this very date opened and that the extract no longer shows
DELETE FROM register.firm AS firm
WHERE
    firm.source_id = %(source_id)s
    AND firm.valid_to IS NULL
    AND firm.valid_from = %(reference_date)s
    AND NOT EXISTS (
        SELECT 1
        FROM register.staging AS staging
        WHERE staging.firm_id = firm.firm_id AND staging.row_sha256 = firm.row_sha256
    );

-- name: close_versions
-- grain: one older version that the extract no longer shows: the firm has changed or is gone
UPDATE register.firm AS firm
SET valid_to = %(reference_date)s
WHERE
    firm.source_id = %(source_id)s
    AND firm.valid_to IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM register.staging AS staging
        WHERE staging.firm_id = firm.firm_id AND staging.row_sha256 = firm.row_sha256
    );

-- name: reopen_versions
-- grain: one version that this very date had closed and that the extract shows after all
UPDATE register.firm AS firm
SET valid_to = NULL
FROM register.staging AS staging
WHERE
    firm.source_id = %(source_id)s
    AND firm.valid_to = %(reference_date)s
    AND staging.firm_id = firm.firm_id
    AND staging.row_sha256 = firm.row_sha256
    AND NOT EXISTS (
        SELECT 1
        FROM register.firm AS current
        WHERE current.source_id = firm.source_id AND current.firm_id = firm.firm_id AND current.valid_to IS NULL
    );

-- name: open_versions
-- grain: one firm of the extract that has no current version: new, changed or back
INSERT INTO register.firm (
    source_id, run_id, row_number, firm_id, row_sha256, name, legal_form, status, declared_province,
    declared_municipality, declared_region, activity_code, activity_edition, sector, special_section_date,
    registration_date, start_date, production_class, staff_class, capital_class, is_high_tech, has_rnd, has_patents,
    has_qualified_staff, women_led, young_led, foreign_led, valid_from
)
SELECT
    %(source_id)s,
    staging.run_id,
    staging.row_number,
    staging.firm_id,
    staging.row_sha256,
    staging.name,
    staging.legal_form,
    staging.status,
    staging.declared_province,
    staging.declared_municipality,
    staging.declared_region,
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
FROM register.staging AS staging
WHERE NOT EXISTS (
    SELECT 1
    FROM register.firm AS current
    WHERE current.source_id = %(source_id)s AND current.firm_id = staging.firm_id AND current.valid_to IS NULL
);

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
