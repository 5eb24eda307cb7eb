-- Microdata. An extract is a snapshot; the register keeps one row per firm and validity period.
-- NULL = unknown everywhere: "no data" is never "no".

-- grain: one extract that was loaded
CREATE TABLE register.extract (
    source_id text NOT NULL,
    reference_date date NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    is_synthetic boolean NOT NULL,
    rows_in_file integer NOT NULL,
    rows_accepted integer NOT NULL,
    rows_rejected integer NOT NULL,
    run_id bigint NOT NULL REFERENCES ops.run,
    PRIMARY KEY (source_id, reference_date),
    CHECK (rows_accepted + rows_rejected = rows_in_file)
);

-- grain: one accepted row of the extract that is being loaded; emptied in the same transaction
CREATE UNLOGGED TABLE register.staging (
    run_id bigint NOT NULL,
    row_number integer NOT NULL, -- line of the file, the header being 1
    firm_id text NOT NULL, -- fiscal code, or a digest of the source's key columns
    row_sha256 text NOT NULL, -- digest of all columns below
    name text NOT NULL,
    legal_form text,
    status text,
    declared_province text, -- as declared: a chamber's code, not always ISTAT's
    declared_municipality text NOT NULL,
    declared_region text,
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
    foreign_led text CHECK (foreign_led IN ('no', 'majority', 'strong', 'exclusive'))
);

-- grain: one firm of one source in one period in which its row did not change; valid_to is exclusive, null = still so
CREATE TABLE register.firm (
    source_id text NOT NULL,
    LIKE register.staging INCLUDING CONSTRAINTS,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    PRIMARY KEY (source_id, firm_id, valid_from)
);
CREATE UNIQUE INDEX firm_current ON register.firm (source_id, firm_id) WHERE valid_to IS NULL;

-- grain: one firm at one reference date, placed or not; the sum over reasons is the number of firms
CREATE TABLE register.placement (
    source_id text NOT NULL,
    firm_id text NOT NULL,
    reference_date date NOT NULL,
    vintage_id text NOT NULL REFERENCES territory.vintage,
    municipality_code text, -- null: not placed
    method text NOT NULL, -- how it was placed; 'none' where it was not
    reason text, -- why it was not placed; null where it was
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    conflicts text [] NOT NULL DEFAULT '{}', -- every disagreement between what was declared and where it was placed
    PRIMARY KEY (source_id, reference_date, firm_id),
    FOREIGN KEY (vintage_id, municipality_code) REFERENCES territory.municipality,
    CHECK ((municipality_code IS NULL) = (reason IS NOT NULL))
);
