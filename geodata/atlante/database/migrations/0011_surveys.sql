-- Answers of firms to surveys: microdata like the register, and as little for the service.

ALTER TABLE ops.run
DROP CONSTRAINT run_verb_check,
ADD CONSTRAINT run_verb_check CHECK (
    verb IN ('territories load', 'territories forget', 'ingest', 'survey load', 'build', 'publish')
);

-- grain: one file of answers that was loaded
CREATE TABLE register.survey_file (
    survey_id text NOT NULL,
    sha256 text NOT NULL,
    file_name text NOT NULL,
    is_synthetic boolean NOT NULL,
    rows_in_file integer NOT NULL,
    rows_accepted integer NOT NULL,
    rows_rejected integer NOT NULL,
    run_id bigint NOT NULL REFERENCES ops.run,
    PRIMARY KEY (survey_id, sha256),
    CHECK (rows_accepted + rows_rejected = rows_in_file)
);

-- grain: one answer of a firm to an item of a survey on one day; the register need not have the firm
CREATE TABLE register.survey_answer (
    survey_id text NOT NULL, -- one version of a questionnaire
    firm_id text COLLATE "C" NOT NULL,
    item text NOT NULL,
    answered_on date NOT NULL,
    answer smallint, -- null: the item was left open
    run_id bigint NOT NULL REFERENCES ops.run, -- that wrote it
    PRIMARY KEY (survey_id, firm_id, item, answered_on)
);

-- grain: one accepted answer of the file that is being loaded; emptied in the same transaction
CREATE UNLOGGED TABLE register.survey_staging (
    firm_id text COLLATE "C" NOT NULL,
    item text NOT NULL,
    answered_on date NOT NULL,
    answer smallint
);
