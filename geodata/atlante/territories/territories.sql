-- name: insert_vintage
-- grain: one vintage; no row where it is loaded already
INSERT INTO territory.vintage (vintage_id, reference_date, source, licence, sha256, run_id)
VALUES (
    %(vintage_id)s::text,
    %(reference_date)s::date,
    %(source)s::text,
    %(licence)s::text,
    %(sha256)s::text,
    %(run_id)s::bigint
)
ON CONFLICT (vintage_id) DO NOTHING;

-- name: latest_vintage
-- grain: one vintage, the latest
SELECT
    vintage_id,
    reference_date,
    source,
    licence
FROM territory.vintage
ORDER BY reference_date DESC, run_id DESC, vintage_id ASC
LIMIT 1;
