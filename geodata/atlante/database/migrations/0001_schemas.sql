-- The stops of a record are the schemas; the rights of the three roles are written once, as default privileges.
-- atlante_read may select from publish and nothing else: that firms can't leak through the service is a law of the
-- database.
CREATE SCHEMA ops;
CREATE SCHEMA territory;
CREATE SCHEMA register;
CREATE SCHEMA measure;
CREATE SCHEMA publish;

GRANT USAGE ON SCHEMA ops, territory, register, measure, publish TO atlante_load;
GRANT USAGE ON SCHEMA publish TO atlante_read;

ALTER DEFAULT PRIVILEGES IN SCHEMA ops, territory, register, measure, publish
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO atlante_load;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops, territory, register, measure, publish
GRANT USAGE ON SEQUENCES TO atlante_load;
ALTER DEFAULT PRIVILEGES IN SCHEMA publish
GRANT SELECT ON TABLES TO atlante_read;

-- grain: one migration that was applied
CREATE TABLE ops.migration (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- grain: one run of a writing verb
CREATE TABLE ops.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verb text NOT NULL CHECK (verb IN ('territories load', 'ingest', 'build', 'publish')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    software_version text NOT NULL,
    summary jsonb
);

-- grain: one secret of this database, made when it is first needed; never published, never in a recipe
CREATE TABLE ops.secret (
    name text PRIMARY KEY,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- grain: one row of a file that was not accepted, by its first reason
-- Rows of firms: not for the service.
CREATE TABLE ops.reject (
    run_id bigint NOT NULL REFERENCES ops.run,
    row_number integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    value text,
    PRIMARY KEY (run_id, row_number)
);
