-- From firms to seats, and from seats to municipalities. A seat is one way of declaring and locating where a firm is.

-- name: seats
-- grain: one seat of one source
SELECT
    seat.seat_id,
    seat.declared_municipality,
    seat.declared_province,
    seat.declared_region,
    seat.declared_istat_code,
    seat.declared_belfiore_code,
    seat.postal_code,
    seat.located_code,
    seat.is_outside
FROM register.seat
WHERE seat.source_id = %(source_id)s::text
ORDER BY seat.seat_id;

-- name: location
-- grain: one row, or none where no firm of the source was located yet
SELECT
    location.vintage_id,
    location.tolerance_m
FROM register.location
WHERE location.source_id = %(source_id)s::text;

-- name: seating_vintage
-- grain: one row: the boundaries that a source's points are located in, or else the newest; none where there are none
SELECT vintage.vintage_id
FROM territory.vintage
LEFT JOIN register.location
    ON vintage.vintage_id = location.vintage_id AND location.source_id = %(source_id)s::text
ORDER BY location.vintage_id IS NULL, vintage.reference_date DESC, vintage.run_id DESC, vintage.vintage_id DESC
LIMIT 1;

-- name: record_location
-- grain: one source
INSERT INTO register.location (source_id, vintage_id, tolerance_m)
VALUES (%(source_id)s::text, %(vintage_id)s::text, %(tolerance_m)s::real)
ON CONFLICT (source_id) DO UPDATE
    SET vintage_id = excluded.vintage_id, tolerance_m = excluded.tolerance_m;

-- name: municipality_polygons
-- grain: one municipality of the vintage, in the order of its code
SELECT st_asbinary(municipality.geom_4326) AS geom
FROM territory.municipality
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;

-- name: municipality_codes
-- grain: one municipality of the vintage, in the order of its code
SELECT municipality.municipality_code
FROM territory.municipality
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;

-- name: firms_to_seat
-- grain: ten thousand versions of firms, one a line: those that have no seat yet, or, if points are to be located anew,
-- that have a point
WITH version AS (
    -- a record as text, which is CSV but for its brackets; numbered as they come: any order will do
    SELECT
        row_number() OVER () / 10000 AS part,
        row(
            firm.firm_id,
            firm.valid_from,
            firm.seat_id,
            firm.distance_m,
            firm.declared_municipality,
            firm.declared_province,
            firm.declared_region,
            firm.declared_istat_code,
            firm.declared_belfiore_code,
            firm.postal_code,
            firm.longitude,
            firm.latitude
        )::text AS record
    FROM register.firm
    WHERE
        firm.source_id = %(source_id)s::text
        AND (firm.seat_id IS NULL OR (%(is_anew)s::boolean AND firm.longitude IS NOT NULL))
)

SELECT string_agg(substr(version.record, 2, length(version.record) - 2) || E'\n', '') AS lines
FROM version
GROUP BY version.part;

-- name: count_firms_to_seat
-- grain: one row: of firms_to_seat
SELECT
    count(*) AS firms,
    count(firm.longitude) AS points
FROM register.firm
WHERE
    firm.source_id = %(source_id)s::text
    AND (firm.seat_id IS NULL OR (%(is_anew)s::boolean AND firm.longitude IS NOT NULL));

-- name: write_seats
-- grain: one version of a firm whose seat is new or another
UPDATE register.firm AS firm
SET seat_id = reseating.seat_id, distance_m = reseating.distance_m
FROM register.reseating AS reseating
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.firm_id = reseating.firm_id
    AND firm.valid_from = reseating.valid_from;

-- name: forget_cases_elsewhere
-- grain: the placements of one source in boundaries in which its points are no longer located
DELETE FROM register.placement_case
WHERE
    source_id = %(source_id)s::text
    AND vintage_id <> %(vintage_id)s::text;

-- name: seats_of_day
-- grain: one seat of one source that firms have which are valid at the day
-- unit: firms
WITH used AS (
    -- firms by seat
    SELECT
        firm.seat_id,
        count(*) AS firms
    FROM register.firm
    WHERE
        firm.source_id = %(source_id)s::text
        AND firm.valid_from <= %(reference_date)s::date
        AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
    GROUP BY firm.seat_id
)

SELECT
    seat.seat_id,
    seat.declared_municipality,
    seat.declared_province,
    seat.declared_region,
    seat.declared_istat_code,
    seat.declared_belfiore_code,
    seat.postal_code,
    seat.located_code,
    seat.is_outside,
    used.firms
FROM used
INNER JOIN register.seat
    ON seat.source_id = %(source_id)s::text AND used.seat_id = seat.seat_id
ORDER BY seat.seat_id;

-- name: points_outside
-- grain: one firm of one source that is valid at the day and whose point is in no municipality, nor near one
SELECT
    firm.longitude,
    firm.latitude
FROM register.firm
INNER JOIN register.seat
    ON firm.source_id = seat.source_id AND firm.seat_id = seat.seat_id
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
    AND firm.longitude IS NOT NULL
    AND seat.is_outside
    AND seat.located_code IS NULL;

-- name: gazetteer
-- grain: one municipality of the vintage
SELECT
    municipality.municipality_code,
    municipality.name,
    municipality.name_it,
    municipality.name_other,
    province.sigla,
    province.name AS province,
    region.region_code,
    region.name AS region,
    municipality.istat_code
FROM territory.municipality
INNER JOIN territory.province
    ON
        municipality.vintage_id = province.vintage_id
        AND municipality.province_code = province.province_code
INNER JOIN territory.region
    ON
        province.vintage_id = region.vintage_id
        AND province.region_code = region.region_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;

-- name: delete_cases
-- grain: the placements of one source and day
DELETE FROM register.placement_case
WHERE
    source_id = %(source_id)s::text
    AND reference_date = %(reference_date)s::date;
