-- Documents about territories and the history that is resolved from them. "Open" is what is taken to be true now:
-- known_to is null. Rows are never changed but to end what was known of them.

-- name: insert_document
-- grain: one document; no row where it is loaded already
INSERT INTO territory.document (document_id, kind, as_of, is_snapshot, is_complete, source, licence, sha256, run_id)
VALUES (
    %(document_id)s::text,
    %(kind)s::text,
    %(as_of)s::date,
    %(is_snapshot)s::boolean,
    %(is_complete)s::boolean,
    %(source)s::text,
    %(licence)s::text,
    %(sha256)s::text,
    %(run_id)s::bigint
)
ON CONFLICT (document_id) DO NOTHING;

-- name: take_up_document
-- grain: one document that is loaded, if it was withdrawn or speaks of more or of less than was said before
UPDATE territory.document SET withdrawn_at = NULL, is_complete = %(is_complete)s::boolean
WHERE
    document_id = %(document_id)s::text
    AND (withdrawn_at IS NOT NULL OR is_complete <> %(is_complete)s::boolean);

-- name: withdraw_documents
-- grain: one document that counted until now
UPDATE territory.document SET withdrawn_at = clock_timestamp()
WHERE document_id = any(%(document_ids)s::text []) AND withdrawn_at IS NULL;

-- name: earlier_editions
-- grain: one document that counts: facts that the same file declared before
SELECT document_id
FROM territory.document
WHERE
    kind = 'declared'
    AND source = %(source)s::text
    AND document_id <> %(document_id)s::text
    AND withdrawn_at IS NULL
ORDER BY document_id;

-- name: documents
-- grain: one document that counts
SELECT
    document_id,
    kind,
    as_of,
    is_snapshot,
    source,
    licence,
    sha256,
    is_complete
FROM territory.document
WHERE withdrawn_at IS NULL
ORDER BY document_id;

-- name: documents_with_counts
-- grain: one document that counts
-- unit: rows of statements and of events
SELECT
    document.document_id,
    document.kind,
    document.as_of,
    document.is_snapshot,
    document.is_complete,
    document.source,
    document.licence,
    document.loaded_at,
    (
        SELECT count(*) FROM territory.statement
        WHERE statement.document_id = document.document_id
    ) AS statements,
    (
        SELECT count(*) FROM territory.event_statement
        WHERE event_statement.document_id = document.document_id
    ) AS events
FROM territory.document AS document
WHERE document.withdrawn_at IS NULL
ORDER BY document.as_of, document.document_id;

-- name: statements
-- grain: what one document says of one municipality in one period
SELECT
    document_id,
    municipality_code,
    valid_from,
    valid_to,
    istat_code,
    name,
    name_it,
    name_other,
    name_transliterated,
    sigla,
    province_code,
    province,
    region_code,
    region,
    nuts3_2021,
    nuts3_2024,
    population,
    area_km2
FROM territory.statement
WHERE document_id IN (
    SELECT document.document_id FROM territory.document
    WHERE document.withdrawn_at IS NULL
);

-- name: event_statements
-- grain: one event that one document tells
SELECT
    document_id,
    event_date,
    kind,
    old_municipality_code,
    old_istat_code,
    old_name,
    new_municipality_code,
    new_istat_code,
    new_name,
    is_partial,
    note
FROM territory.event_statement
WHERE document_id IN (
    SELECT document.document_id FROM territory.document
    WHERE document.withdrawn_at IS NULL
);

-- name: moment
-- grain: one row
SELECT clock_timestamp() AS moment;

-- name: extent
-- grain: one row: the first day of the history as it was known at a moment, the last one that documents speak of
SELECT
    (
        SELECT min(version.valid_from) FROM territory.version
        WHERE territory.is_known(version.known_from, version.known_to, %(known_at)s::timestamptz)
    ) AS first_day,
    (
        SELECT max(document.as_of) FROM territory.document
        WHERE document.withdrawn_at IS NULL AND document.kind <> 'boundaries'
    ) AS told_until;

-- name: versions
-- grain: one version as it was known at a moment; null: as it is known now
SELECT
    municipality_code,
    valid_from,
    valid_to,
    changed_after,
    istat_code,
    name,
    name_it,
    name_other,
    name_transliterated,
    sigla,
    province_code,
    province,
    region_code,
    region,
    nuts3_2021,
    nuts3_2024,
    sources
FROM territory.version
WHERE territory.is_known(known_from, known_to, %(known_at)s::timestamptz)
ORDER BY municipality_code, valid_from;

-- name: events
-- grain: one event as it was known at a moment; null: as it is known now
SELECT
    event_date,
    kind,
    municipality_code,
    successor_code,
    is_partial,
    before,
    after,
    source
FROM territory.event
WHERE territory.is_known(known_from, known_to, %(known_at)s::timestamptz)
ORDER BY event_date, municipality_code, kind, successor_code;

-- name: conflicts
-- grain: one conflict as it was known at a moment; null: as it is known now
SELECT
    municipality_code,
    attribute,
    valid_from,
    valid_to,
    taken,
    taken_from,
    other,
    other_from
FROM territory.conflict
WHERE territory.is_known(known_from, known_to, %(known_at)s::timestamptz)
ORDER BY municipality_code, attribute, valid_from NULLS FIRST, other_from, other;

-- name: close_versions
-- grain: one version that is no longer taken to be true
UPDATE territory.version AS version SET known_to = %(moment)s::timestamptz
FROM jsonb_populate_recordset(NULL::territory.version, %(gone)s::jsonb) AS gone
WHERE
    version.known_to IS NULL
    AND version.municipality_code = gone.municipality_code
    AND version.valid_from = gone.valid_from;

-- name: close_events
-- grain: one event that is no longer taken to be true
UPDATE territory.event AS event SET known_to = %(moment)s::timestamptz
FROM jsonb_populate_recordset(NULL::territory.event, %(gone)s::jsonb) AS gone
WHERE
    event.known_to IS NULL
    AND event.municipality_code = gone.municipality_code
    AND event.event_date = gone.event_date
    AND (event.kind, event.successor_code, event.is_partial, event.before, event.after, event.source)
    IS NOT DISTINCT FROM (gone.kind, gone.successor_code, gone.is_partial, gone.before, gone.after, gone.source);

-- name: close_conflicts
-- grain: one conflict that is no longer one
UPDATE territory.conflict AS conflict SET known_to = %(moment)s::timestamptz
FROM jsonb_populate_recordset(NULL::territory.conflict, %(gone)s::jsonb) AS gone
WHERE
    conflict.known_to IS NULL
    AND conflict.municipality_code = gone.municipality_code
    AND conflict.attribute = gone.attribute
    AND (conflict.valid_from, conflict.valid_to, conflict.taken, conflict.taken_from, conflict.other)
    IS NOT DISTINCT FROM (gone.valid_from, gone.valid_to, gone.taken, gone.taken_from, gone.other)
    AND conflict.other_from = gone.other_from;
