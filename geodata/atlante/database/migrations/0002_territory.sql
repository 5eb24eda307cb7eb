-- Territories of one boundary vintage. A municipality is its Belfiore code; ISTAT codes and names are labels that
-- change.

-- grain: one set of boundaries that was loaded; immutable: other bytes are another vintage
CREATE TABLE territory.vintage (
    vintage_id text PRIMARY KEY, -- reference date and the first digits of the SHA-256
    reference_date date NOT NULL,
    source text NOT NULL,
    licence text NOT NULL,
    sha256 text NOT NULL,
    run_id bigint NOT NULL REFERENCES ops.run
);

CREATE TABLE territory.region (
    vintage_id text NOT NULL REFERENCES territory.vintage ON DELETE CASCADE,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{2}$'),
    name text NOT NULL,
    area_km2 double precision NOT NULL,
    geom_4326 GEOMETRY (MULTIPOLYGON, 4326) NOT NULL,
    PRIMARY KEY (vintage_id, region_code)
);

CREATE TABLE territory.province (
    vintage_id text NOT NULL,
    province_code text NOT NULL CHECK (province_code ~ '^[0-9]{3}$'),
    region_code text NOT NULL,
    name text NOT NULL,
    sigla text NOT NULL CHECK (sigla ~ '^[A-Z]{2}$'),
    area_km2 double precision NOT NULL,
    geom_4326 GEOMETRY (MULTIPOLYGON, 4326) NOT NULL,
    PRIMARY KEY (vintage_id, province_code),
    UNIQUE (vintage_id, sigla),
    FOREIGN KEY (vintage_id, region_code) REFERENCES territory.region ON DELETE CASCADE
);

CREATE TABLE territory.municipality (
    vintage_id text NOT NULL,
    municipality_code text NOT NULL CHECK (municipality_code ~ '^[A-Z][0-9]{3}$'), -- Belfiore
    istat_code text NOT NULL CHECK (istat_code ~ '^[0-9]{6}$'),
    province_code text NOT NULL,
    name text NOT NULL, -- as the source writes it, bilingual names with a slash
    name_it text NOT NULL,
    name_other text, -- German, French, Slovene; null where there is none
    population integer CHECK (population >= 0), -- null: unknown
    area_km2 double precision NOT NULL,
    geom_4326 GEOMETRY (MULTIPOLYGON, 4326) NOT NULL,
    provenance text, -- null: as in the source; otherwise what was repaired
    PRIMARY KEY (vintage_id, municipality_code),
    UNIQUE (vintage_id, istat_code),
    FOREIGN KEY (vintage_id, province_code) REFERENCES territory.province ON DELETE CASCADE
);
CREATE INDEX municipality_geom ON territory.municipality USING gist (geom_4326);
