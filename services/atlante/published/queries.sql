-- What a request needs to know before it asks for features.

-- name: current_release
-- grain: the release that is served; no row = nothing has been published
SELECT
    release_id,
    published_at,
    reference_date,
    vintage_id,
    is_synthetic,
    sources
FROM publish.release
WHERE is_current;

-- name: collections
-- grain: one collection of a release
SELECT
    collection_id,
    kind,
    level,
    title,
    description,
    keywords,
    fields,
    bbox,
    begins,
    ends,
    item_count,
    has_tiles
FROM publish.collection
WHERE release_id = %(release_id)s
ORDER BY position, collection_id;
