-- Observations by slice of firms, and variables of the context.

-- Counts by municipality are arrays of the build; nobody reads them after it.
DROP TABLE measure.cell;

DROP TABLE measure.observation; -- computed again by every build
DELETE FROM measure.build;

-- grain: level x territory x indicator x period x slice
-- Written in great numbers by the build alone, indicator by indicator, which also deletes them. A primary key takes ten
-- times as long as the rows; a summary of each range of pages finds a build and an indicator of it.
-- '' in filiera, stage, breakdown and category = all firms. Of other slices a municipality without a firm has no row.
CREATE TABLE measure.observation (
    build_id bigint NOT NULL,
    firms integer NOT NULL, -- firms that the value rests on
    firms_unknown integer NOT NULL, -- firms left out because what is asked is unknown
    value double precision, -- null: not available
    low double precision, -- interval by the method that the indicator names
    high double precision,
    smoothed double precision, -- drawn towards its like; null: not smoothed
    numerator double precision,
    denominator double precision,
    rank_low integer, -- between these ranks among the territories of its level, 1 being best or highest
    rank_high integer,
    converted_share real NOT NULL, -- share of the firms, or of the base, on ground that belonged to another territory
    is_low_reliability boolean NOT NULL,
    level text NOT NULL CHECK (level IN ('municipality', 'province', 'region', 'country')),
    territory_code text NOT NULL,
    indicator_id text NOT NULL,
    period text NOT NULL, -- ISO 8601: a date or a year
    filiera text NOT NULL,
    stage text NOT NULL,
    breakdown text NOT NULL,
    category text NOT NULL
);
CREATE INDEX observation_build ON measure.observation USING brin (build_id, indicator_id) WITH (pages_per_range = 16);

-- Rows just copied are in no summary until they are asked into one, and only the owner may: reading one indicator of an
-- earlier build among two million rows took 282 ms before it and 1.5 ms after.
CREATE FUNCTION measure.summarise_observations() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT brin_summarize_new_values('measure.observation_build');
$$;
REVOKE EXECUTE ON FUNCTION measure.summarise_observations() FROM public;
GRANT EXECUTE ON FUNCTION measure.summarise_observations() TO atlante_load;

-- grain: one file of a table of the context that was loaded
CREATE TABLE measure.context_file (
    context_id text NOT NULL,
    reference_date date NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    rows_in_file integer NOT NULL,
    rows_accepted integer NOT NULL,
    rows_rejected integer NOT NULL,
    run_id bigint NOT NULL REFERENCES ops.run,
    PRIMARY KEY (context_id, reference_date),
    CHECK (rows_accepted + rows_rejected = rows_in_file)
);

-- grain: variable x municipality of the day of its table
CREATE TABLE measure.context (
    context_id text NOT NULL,
    reference_date date NOT NULL,
    variable_id text NOT NULL,
    municipality_code text NOT NULL CHECK (municipality_code ~ '^[A-Z][0-9]{3}$'), -- Belfiore
    value double precision, -- null: unknown; 0: counted none
    PRIMARY KEY (variable_id, reference_date, municipality_code),
    FOREIGN KEY (context_id, reference_date) REFERENCES measure.context_file ON DELETE CASCADE
);

ALTER TABLE ops.run
DROP CONSTRAINT run_verb_check,
ADD CONSTRAINT run_verb_check CHECK (
    verb IN (
        'territories load', 'territories forget', 'ingest', 'survey load', 'context load', 'build', 'publish'
    )
);
