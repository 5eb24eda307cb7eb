-- Documents about territories and the history that is resolved from them. "Open" is what is taken to be true now:
-- known_to is null. Rows are never changed but to end what was known of them.

-- name: insert_document
-- grain: one document; no row where it is loaded already
INSERT INTO territory.document (document_id, kind, as_of, is_snapshot, source, licence, sha256, run_id)
VALUES (
    %(document_id)s::text,
    %(kind)s::text,
    %(as_of)s::date,
    %(is_snapshot)s::boolean,
    %(source)s::text,
    %(licence)s::text,
    %(sha256)s::text,
    %(run_id)s::bigint
)
ON CONFLICT (document_id) DO NOTHING;

-- name: documents
-- grain: one document that was loaded
SELECT
    document_id,
    kind,
    as_of,
    is_snapshot,
    source,
    licence,
    sha256
FROM territory.document
ORDER BY document_id;

-- name: documents_with_counts
-- grain: one document that was loaded
-- unit: rows of statements and of events
SELECT
    document.document_id,
    document.kind,
    document.as_of,
    document.is_snapshot,
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
FROM territory.statement;

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
FROM territory.event_statement;

-- name: moment
-- grain: one row
SELECT clock_timestamp() AS moment;

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
WHERE
    (%(known_at)s::timestamptz IS NULL AND known_to IS NULL)
    OR (known_from <= %(known_at)s::timestamptz AND coalesce(known_to > %(known_at)s::timestamptz, TRUE))
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
WHERE
    (%(known_at)s::timestamptz IS NULL AND known_to IS NULL)
    OR (known_from <= %(known_at)s::timestamptz AND coalesce(known_to > %(known_at)s::timestamptz, TRUE))
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
WHERE
    (%(known_at)s::timestamptz IS NULL AND known_to IS NULL)
    OR (known_from <= %(known_at)s::timestamptz AND coalesce(known_to > %(known_at)s::timestamptz, TRUE))
ORDER BY municipality_code, attribute, valid_from NULLS FIRST, other_from, other;

-- name: close_versions
-- grain: one version that is no longer taken to be true
UPDATE territory.version AS version SET known_to = %(moment)s::timestamptz
FROM unnest(%(municipality_code)s::text [], %(valid_from)s::date []) AS gone (municipality_code, valid_from)
WHERE
    version.known_to IS NULL
    AND version.municipality_code = gone.municipality_code
    AND version.valid_from = gone.valid_from;

-- name: close_events
-- grain: one event that is no longer taken to be true
UPDATE territory.event AS event SET known_to = %(moment)s::timestamptz
FROM
    unnest(
        %(event_date)s::date [],
        %(kind)s::text [],
        %(municipality_code)s::text [],
        %(successor_code)s::text [],
        %(is_partial)s::boolean [],
        %(before)s::text [],
        %(after)s::text [],
        %(source)s::text []
    ) AS gone (event_date, kind, municipality_code, successor_code, is_partial, before, after, source)
WHERE
    event.known_to IS NULL
    AND event.municipality_code = gone.municipality_code
    AND event.event_date = gone.event_date
    AND event.kind = gone.kind
    AND event.source = gone.source
    AND event.is_partial = gone.is_partial
    AND event.successor_code IS NOT DISTINCT FROM gone.successor_code
    AND event.before IS NOT DISTINCT FROM gone.before
    AND event.after IS NOT DISTINCT FROM gone.after;

-- name: close_conflicts
-- grain: one conflict that is no longer one
UPDATE territory.conflict AS conflict SET known_to = %(moment)s::timestamptz
FROM
    unnest(
        %(municipality_code)s::text [],
        %(attribute)s::text [],
        %(valid_from)s::date [],
        %(valid_to)s::date [],
        %(taken)s::text [],
        %(taken_from)s::text [],
        %(other)s::text [],
        %(other_from)s::text []
    ) AS gone (municipality_code, attribute, valid_from, valid_to, taken, taken_from, other, other_from)
WHERE
    conflict.known_to IS NULL
    AND conflict.municipality_code = gone.municipality_code
    AND conflict.attribute = gone.attribute
    AND conflict.taken_from = gone.taken_from
    AND conflict.other_from = gone.other_from
    AND conflict.valid_from IS NOT DISTINCT FROM gone.valid_from
    AND conflict.valid_to IS NOT DISTINCT FROM gone.valid_to
    AND conflict.taken IS NOT DISTINCT FROM gone.taken
    AND conflict.other IS NOT DISTINCT FROM gone.other;
