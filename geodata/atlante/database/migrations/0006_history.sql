-- Territories through time. What each document says is kept as it says it (statement, event_statement); what is taken
-- to be true is resolved from all documents by a declared precedence (version, event), and what was not taken is a
-- conflict. Resolved rows are bitemporal: valid_* is when it was so, known_* is when this database took it to be so.
-- Periods are half open: valid_to and known_to are the first day or moment after; null = still.

-- grain: one document that was loaded; other bytes are another document
CREATE TABLE territory.document (
    document_id text PRIMARY KEY, -- kind, day and the first digits of the SHA-256
    kind text NOT NULL,
    as_of date NOT NULL, -- the last day it speaks of
    is_snapshot boolean NOT NULL, -- true: it says how things were on that day alone
    source text NOT NULL,
    licence text NOT NULL,
    sha256 text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    run_id bigint NOT NULL REFERENCES ops.run
);

-- grain: what one document says of one municipality in one period; null = it does not say
CREATE TABLE territory.statement (
    document_id text NOT NULL REFERENCES territory.document ON DELETE CASCADE,
    municipality_code text NOT NULL CHECK (municipality_code ~ '^[A-Z][0-9]{3}$'), -- Belfiore
    valid_from date, -- null: the document does not say since when, as in a snapshot
    valid_to date,
    istat_code text,
    name text,
    name_it text,
    name_other text,
    name_transliterated text,
    sigla text,
    province_code text,
    province text,
    region_code text,
    region text,
    nuts3_2021 text,
    nuts3_2024 text,
    population integer,
    area_km2 double precision
);
CREATE INDEX statement_document ON territory.statement (document_id);

-- grain: one event that one document tells
CREATE TABLE territory.event_statement (
    document_id text NOT NULL REFERENCES territory.document ON DELETE CASCADE,
    event_date date NOT NULL,
    kind text NOT NULL,
    old_municipality_code text,
    old_istat_code text,
    old_name text,
    new_municipality_code text, -- all of new_* null: it left the country, or the document does not say
    new_istat_code text,
    new_name text,
    is_partial boolean NOT NULL, -- only a part of the old one went to the new one
    note text
);
CREATE INDEX event_statement_document ON territory.event_statement (document_id);

-- grain: one municipality in one period in which none of its attributes changed, as known in one period
CREATE TABLE territory.version (
    municipality_code text NOT NULL CHECK (municipality_code ~ '^[A-Z][0-9]{3}$'),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    changed_after date CHECK (changed_after < valid_from), -- null: it became so on valid_from; otherwise after this day
    istat_code text,
    name text NOT NULL,
    name_it text NOT NULL,
    name_other text,
    name_transliterated text,
    sigla text,
    province_code text,
    province text,
    region_code text,
    region text,
    nuts3_2021 text,
    nuts3_2024 text,
    sources text [] NOT NULL, -- the kinds of documents that this rests on
    known_from timestamptz NOT NULL,
    known_to timestamptz CHECK (known_to > known_from),
    PRIMARY KEY (municipality_code, valid_from, known_from)
);
CREATE INDEX version_known ON territory.version (municipality_code) WHERE known_to IS NULL;

-- grain: one event of one municipality and one successor, as known in one period
CREATE TABLE territory.event (
    event_date date NOT NULL,
    kind text NOT NULL,
    municipality_code text NOT NULL, -- before the event
    successor_code text, -- after it; the same where only an attribute changed; null: it left the country, or unknown
    is_partial boolean NOT NULL,
    before text, -- of the attribute that changed
    after text,
    source text NOT NULL, -- kind of the document
    known_from timestamptz NOT NULL,
    known_to timestamptz CHECK (known_to > known_from)
);
CREATE INDEX event_municipality ON territory.event (municipality_code, event_date);

-- grain: one attribute of one municipality in one period on which documents disagree, as known in one period
CREATE TABLE territory.conflict (
    municipality_code text NOT NULL,
    attribute text NOT NULL,
    valid_from date,
    valid_to date,
    taken text, -- null: taken from the stronger source that it was nothing
    taken_from text NOT NULL, -- kind of the document
    other text,
    other_from text NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz CHECK (known_to > known_from)
);
CREATE INDEX conflict_municipality ON territory.conflict (municipality_code);
