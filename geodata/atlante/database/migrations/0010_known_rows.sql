-- What is known of the rows of each source's latest extract, so that a later one is read only where it differs.

-- grain: one source: how the rows of its latest extract were read, and which record of an extract they belong to
CREATE TABLE register.known_extract (
    source_id text PRIMARY KEY,
    reading text NOT NULL, -- digest of all that decides what a row means, beside its own text
    reference_date date NOT NULL,
    run_id bigint NOT NULL REFERENCES ops.run -- of the extract's record
);

-- grain: some accepted rows that one load added, in the order of its file; a row is known by its place: the rows of all
-- parts are counted from 0 in the order of the parts. Numbers are little-endian.
CREATE TABLE register.known_rows (
    source_id text NOT NULL,
    part integer NOT NULL,
    raw_digests bytea NOT NULL, -- 8 bytes a row: of its text as it stands in the file
    row_digests bytea NOT NULL, -- 8 bytes a row: of its values, as in register.firm
    notes bytea NOT NULL, -- a byte a row: whether it says that it is invented, and which values count as unknown
    firm_ids bytea NOT NULL, -- one after the other, in UTF-8
    lengths bytea NOT NULL, -- 4 bytes a row: of its firm_id
    dropped bytea NOT NULL, -- 4 bytes each: places of rows of earlier parts that the extract no longer shows
    PRIMARY KEY (source_id, part)
);
-- Digests can't be compressed; trying takes time.
ALTER TABLE register.known_rows
ALTER COLUMN raw_digests SET STORAGE EXTERNAL,
ALTER COLUMN row_digests SET STORAGE EXTERNAL,
ALTER COLUMN notes SET STORAGE EXTERNAL,
ALTER COLUMN firm_ids SET STORAGE EXTERNAL,
ALTER COLUMN lengths SET STORAGE EXTERNAL,
ALTER COLUMN dropped SET STORAGE EXTERNAL;
