-- Where firms are: coordinates and codes beside names. The evidence of a placement is kept once per way of declaring
-- and locating a seat instead of once per firm: 6 million firms have some tens of thousands of them.

-- Only what a later extract changes passes through here; the first extract of a source is copied to its partition.
DROP TABLE register.placement; -- placements are computed again by every build
ALTER TABLE register.staging
DROP COLUMN row_sha256,
ADD COLUMN row_digest bigint NOT NULL DEFAULT 0,
ADD COLUMN seat_id integer,
ADD COLUMN distance_m real,
ADD COLUMN declared_istat_code text,
ADD COLUMN declared_belfiore_code text,
ADD COLUMN postal_code text,
ADD COLUMN longitude double precision,
ADD COLUMN latitude double precision,
ALTER COLUMN declared_municipality DROP NOT NULL, -- a code or a point may say where a firm is
ALTER COLUMN firm_id TYPE text COLLATE "C"; -- codes are compared byte by byte

-- grain: one firm whose current version the extract that is being loaded no longer shows; emptied with staging
CREATE UNLOGGED TABLE register.outdated (firm_id text COLLATE "C" NOT NULL);

ALTER TABLE register.firm RENAME TO firm_before;

-- grain: one firm of one source in one period in which its row did not change; valid_to is exclusive, null = still so
-- A partition per source: its first extract is copied into a table that nobody else can see yet, and indexed after.
-- The others are in firm_other.
CREATE TABLE register.firm (
    source_id text NOT NULL,
    run_id bigint NOT NULL,
    row_digest bigint, -- of all columns from name to latitude; null: not known, computed by the next load
    row_number integer NOT NULL, -- line of the file, the header being 1
    seat_id integer, -- how the seat is declared and where it was located; null: not looked at yet
    distance_m real, -- of a point outside every municipality to the nearest; null: inside, far outside, or no point
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    firm_id text COLLATE "C" NOT NULL, -- fiscal code, the register's own number, or a digest of the key columns
    name text NOT NULL,
    legal_form text,
    status text,
    declared_province text, -- as declared: a chamber's code, not always ISTAT's
    declared_municipality text,
    declared_region text,
    declared_istat_code text,
    declared_belfiore_code text,
    postal_code text,
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    activity_code text, -- digits without dots
    activity_edition text, -- of ATECO: 2007, 2025
    sector text,
    special_section_date date, -- registration as an innovative start-up
    registration_date date,
    start_date date,
    production_class text, -- lower bound and upper bound of euro, as 0-100000
    staff_class text, -- of persons, as 0-4
    capital_class text,
    is_high_tech boolean,
    has_rnd boolean,
    has_patents boolean,
    has_qualified_staff boolean,
    women_led text CHECK (women_led IN ('no', 'majority', 'strong', 'exclusive')),
    young_led text CHECK (young_led IN ('no', 'majority', 'strong', 'exclusive')),
    foreign_led text CHECK (foreign_led IN ('no', 'majority', 'strong', 'exclusive')),
    CHECK ((longitude IS NULL) = (latitude IS NULL))
) PARTITION BY LIST (source_id);

CREATE TABLE register.firm_other PARTITION OF register.firm DEFAULT;
-- At most one version of a firm is open, and no two end on one day.
CREATE UNIQUE INDEX firm_other_version ON register.firm_other (source_id, firm_id, valid_to) NULLS NOT DISTINCT;

INSERT INTO register.firm (
    source_id, run_id, row_number, valid_from, valid_to, firm_id, name, legal_form, status, declared_province,
    declared_municipality, declared_region, activity_code, activity_edition, sector, special_section_date,
    registration_date, start_date, production_class, staff_class, capital_class, is_high_tech, has_rnd, has_patents,
    has_qualified_staff, women_led, young_led, foreign_led
)
SELECT
    firm_before.source_id,
    firm_before.run_id,
    firm_before.row_number,
    firm_before.valid_from,
    firm_before.valid_to,
    firm_before.firm_id,
    firm_before.name,
    firm_before.legal_form,
    firm_before.status,
    firm_before.declared_province,
    firm_before.declared_municipality,
    firm_before.declared_region,
    firm_before.activity_code,
    firm_before.activity_edition,
    firm_before.sector,
    firm_before.special_section_date,
    firm_before.registration_date,
    firm_before.start_date,
    firm_before.production_class,
    firm_before.staff_class,
    firm_before.capital_class,
    firm_before.is_high_tech,
    firm_before.has_rnd,
    firm_before.has_patents,
    firm_before.has_qualified_staff,
    firm_before.women_led,
    firm_before.young_led,
    firm_before.foreign_led
FROM register.firm_before;
DROP TABLE register.firm_before;

-- grain: one way in which firms of one source declare and locate their seats; text null = not declared
CREATE TABLE register.seat (
    source_id text NOT NULL,
    seat_id integer NOT NULL,
    declared_municipality text,
    declared_province text,
    declared_region text,
    declared_istat_code text CHECK (declared_istat_code ~ '^[0-9]{6}$'),
    declared_belfiore_code text CHECK (declared_belfiore_code ~ '^[A-Z][0-9]{3}$'),
    postal_code text CHECK (postal_code ~ '^[0-9]{5}$'),
    located_code text, -- municipality that the point is in or near; null: no point, or far outside
    is_outside boolean NOT NULL, -- the point is in no municipality: located_code is the nearest
    PRIMARY KEY (source_id, seat_id)
);

-- grain: one source: the boundaries in which the points of its firms were located
CREATE TABLE register.location (
    source_id text PRIMARY KEY,
    vintage_id text NOT NULL REFERENCES territory.vintage,
    tolerance_m real NOT NULL -- how far outside a point may be to count as near
);

-- grain: one version of a firm whose seat is about to be written; emptied in the same transaction
CREATE UNLOGGED TABLE register.reseating (
    firm_id text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    seat_id integer NOT NULL,
    distance_m real
);

-- grain: one way in which firms of one source and day are declared and located, and what came of it
CREATE TABLE register.placement_case (
    source_id text NOT NULL,
    reference_date date NOT NULL,
    case_id integer NOT NULL, -- the seat_id
    vintage_id text NOT NULL REFERENCES territory.vintage,
    declared_municipality text, -- null: not declared; so below
    declared_province text,
    declared_region text,
    declared_istat_code text,
    declared_belfiore_code text,
    postal_code text,
    located_code text, -- municipality of the vintage that the point is in or near; null: no point, or far outside
    is_outside boolean NOT NULL DEFAULT FALSE, -- the point is in no municipality: located_code is the nearest
    municipality_then text, -- at the reference date; null: not placed
    municipality_code text, -- in the vintage, whose day may be another; null: not placed
    method text NOT NULL, -- 'none' where it was not placed
    reason text, -- why it was not; null where it was
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    conflicts text [] NOT NULL DEFAULT '{}', -- every disagreement between what was declared, known and located
    firms integer NOT NULL CHECK (firms > 0),
    PRIMARY KEY (source_id, reference_date, case_id),
    FOREIGN KEY (vintage_id, municipality_code) REFERENCES territory.municipality,
    CHECK ((municipality_code IS NULL) = (reason IS NOT NULL))
);

-- grain: one firm at one reference date with what its placement rests on
CREATE VIEW register.firm_placement AS
SELECT
    placement_case.source_id,
    placement_case.reference_date,
    firm.firm_id,
    firm.distance_m,
    placement_case.case_id,
    placement_case.vintage_id,
    placement_case.located_code,
    placement_case.municipality_then,
    placement_case.municipality_code,
    placement_case.method,
    placement_case.reason,
    placement_case.confidence,
    placement_case.conflicts
FROM register.firm
INNER JOIN register.placement_case
    ON
        firm.source_id = placement_case.source_id
        AND firm.seat_id = placement_case.case_id
        AND firm.valid_from <= placement_case.reference_date
        AND (firm.valid_to IS NULL OR firm.valid_to > placement_case.reference_date);

-- grain: one firm at one reference date, placed or not
CREATE VIEW register.placement AS
SELECT
    firm_placement.source_id,
    firm_placement.reference_date,
    firm_placement.firm_id,
    firm_placement.case_id,
    firm_placement.distance_m
FROM register.firm_placement;

-- The loading role owns no table, so it can make neither partition nor index: these two functions do it, and only for a
-- source that has no firm yet. They run as the owner of the tables.

CREATE FUNCTION register.open_source(source text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    partition text := 'firm_' || CASE WHEN octet_length(source) <= 50 THEN source ELSE md5(source) END;
BEGIN
    -- the partition of a source that has no firm yet; null where it has, or has had
    IF EXISTS (SELECT 1 FROM register.firm WHERE source_id = source)
        OR to_regclass(format('register.%I', partition)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TABLE register.%I (LIKE register.firm INCLUDING CONSTRAINTS)', partition);
    EXECUTE format('ALTER TABLE register.%I ALTER source_id SET DEFAULT %L', partition, source);
    EXECUTE format('ALTER TABLE register.firm ATTACH PARTITION register.%I FOR VALUES IN (%L)', partition, source);
    RETURN partition;
END
$$;

CREATE FUNCTION register.index_source(partition text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    -- the source is the same in all rows of a partition: at most one version of a firm is open
    EXECUTE format(
        'CREATE UNIQUE INDEX %I ON register.%I (firm_id, valid_to) NULLS NOT DISTINCT', partition || '_version', partition
    );
    EXECUTE format('ANALYZE register.%I', partition);
END
$$;

REVOKE EXECUTE ON FUNCTION register.open_source, register.index_source FROM public;
GRANT EXECUTE ON FUNCTION register.open_source, register.index_source TO atlante_load;
