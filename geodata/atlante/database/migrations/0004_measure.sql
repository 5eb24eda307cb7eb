-- Unprotected values: never read by the service.

-- grain: one computation of the catalogue for one reference date
CREATE TABLE measure.build (
    build_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id text NOT NULL,
    reference_date date NOT NULL,
    vintage_id text NOT NULL REFERENCES territory.vintage,
    recipe jsonb NOT NULL, -- definitions, inputs with SHA-256, software version: what is needed to make it again
    firms integer NOT NULL,
    firms_placed integer NOT NULL,
    firms_unplaced jsonb NOT NULL, -- firms by reason
    is_synthetic boolean NOT NULL,
    sources jsonb NOT NULL DEFAULT '[]', -- who made what it was computed from, and under what licence
    run_id bigint NOT NULL REFERENCES ops.run
);

-- grain: municipality x activity division x year of registration x measure; the one pass over the firms writes it
CREATE TABLE measure.cell (
    build_id bigint NOT NULL REFERENCES measure.build ON DELETE CASCADE,
    municipality_code text NOT NULL,
    division text NOT NULL, -- first two digits of the activity code; '' = unknown
    year integer NOT NULL,
    measure_id text NOT NULL,
    n integer NOT NULL CHECK (n > 0),
    PRIMARY KEY (build_id, measure_id, municipality_code, division, year)
);

-- grain: level x territory x indicator x period
-- Written in great numbers by the build alone, which also deletes them: without a foreign key that takes half the time.
CREATE TABLE measure.observation (
    build_id bigint NOT NULL,
    level text NOT NULL CHECK (level IN ('municipality', 'province', 'region', 'country')),
    territory_code text NOT NULL,
    indicator_id text NOT NULL,
    period text NOT NULL, -- ISO 8601: a date or a year
    value double precision, -- null: not available
    low double precision, -- interval at the level that the indicator declares
    high double precision,
    numerator double precision,
    denominator double precision,
    firms integer NOT NULL, -- firms that the value rests on
    firms_unknown integer NOT NULL, -- firms left out because what is asked is unknown
    PRIMARY KEY (build_id, indicator_id, level, territory_code, period)
);
