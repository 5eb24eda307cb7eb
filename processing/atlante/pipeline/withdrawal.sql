-- What rests on boundaries: builds, seats and placements can be made again, a release is served as it is.

-- name: release_of_vintage
-- grain: one answer: the current release, if it is made with the boundaries
SELECT release.release_id
FROM publish.release AS release
WHERE release.is_current AND release.vintage_id = %(vintage_id)s::text;

-- name: delete_builds_of_vintage
-- grain: builds in the boundaries, with their observations; cells go with their build
WITH deleted AS (
    DELETE FROM measure.build
    WHERE vintage_id = %(vintage_id)s::text
    RETURNING build_id
)

DELETE FROM measure.observation
WHERE build_id IN (SELECT deleted.build_id FROM deleted);

-- name: delete_placements_of_vintage
-- grain: placements in the boundaries
DELETE FROM register.placement_case
WHERE vintage_id = %(vintage_id)s::text;

-- name: unseat_firms_of_vintage
-- grain: one version of a firm whose point was located in the boundaries: the next build looks at it again
UPDATE register.firm SET seat_id = NULL, distance_m = NULL
WHERE source_id IN (
    SELECT location.source_id FROM register.location
    WHERE location.vintage_id = %(vintage_id)s::text
);

-- name: delete_seats_of_vintage
-- grain: seats that were located in the boundaries
DELETE FROM register.seat
WHERE source_id IN (
    SELECT location.source_id FROM register.location
    WHERE location.vintage_id = %(vintage_id)s::text
);

-- name: delete_location_of_vintage
-- grain: sources whose points were located in the boundaries
DELETE FROM register.location
WHERE vintage_id = %(vintage_id)s::text;

-- name: delete_vintage
-- grain: the boundaries, with all their territories
DELETE FROM territory.vintage
WHERE vintage_id = %(vintage_id)s::text;
