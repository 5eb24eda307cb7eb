-- Protected and ready to serve. Immutable per release; one row is current; old releases can be kept.

-- grain: one release
CREATE TABLE publish.release (
    release_id text PRIMARY KEY, -- reference date and a counter: 2025-05-19.1
    published_at timestamptz NOT NULL DEFAULT now(),
    reference_date date NOT NULL,
    vintage_id text NOT NULL,
    is_synthetic boolean NOT NULL,
    is_current boolean NOT NULL,
    recipe jsonb NOT NULL, -- of the build and of the protection
    linkage jsonb NOT NULL, -- firms, placed, unplaced by reason
    sources jsonb NOT NULL DEFAULT '[]' -- in order: {"kind", "title": {"it", …}, "publisher", "licence", "date"}
);
CREATE UNIQUE INDEX release_current ON publish.release (is_current) WHERE is_current;

-- grain: one territory of one vintage and level; geometry is kept once for all releases that use it
CREATE TABLE publish.geometry (
    vintage_id text NOT NULL,
    level text NOT NULL CHECK (level IN ('municipality', 'province', 'region', 'country')),
    territory_code text NOT NULL,
    feature_number integer NOT NULL, -- 1.. in the order of territory_code: the id in vector tiles
    geometry_json text NOT NULL, -- GeoJSON geometry, full detail, 6 digits
    overview_json text NOT NULL, -- GeoJSON geometry, generalised: for tables with many rows per territory
    geom_4326 GEOMETRY (MULTIPOLYGON, 4326) NOT NULL,
    PRIMARY KEY (vintage_id, level, territory_code)
);
CREATE INDEX geometry_geom ON publish.geometry USING gist (geom_4326);
-- The JSON is read far more often than written and is not searched: without compression it is read without work.
ALTER TABLE publish.geometry ALTER COLUMN geometry_json SET STORAGE EXTERNAL;
ALTER TABLE publish.geometry ALTER COLUMN overview_json SET STORAGE EXTERNAL;

-- grain: one territory, one zoom band; borders that neighbours share stay shared
CREATE TABLE publish.tile_geometry (
    vintage_id text NOT NULL,
    level text NOT NULL,
    territory_code text NOT NULL,
    min_zoom smallint NOT NULL,
    max_zoom smallint NOT NULL,
    geom_3857 GEOMETRY (MULTIPOLYGON, 3857) NOT NULL,
    PRIMARY KEY (vintage_id, level, min_zoom, territory_code),
    FOREIGN KEY (vintage_id, level, territory_code) REFERENCES publish.geometry ON DELETE CASCADE
);
CREATE INDEX tile_geometry_geom ON publish.tile_geometry USING gist (geom_3857);

-- grain: one collection of one release
CREATE TABLE publish.collection (
    release_id text NOT NULL REFERENCES publish.release ON DELETE CASCADE,
    collection_id text NOT NULL,
    position smallint NOT NULL, -- order in the list of collections
    kind text NOT NULL CHECK (kind IN ('territories', 'indicators', 'observations')),
    level text NOT NULL,
    title jsonb NOT NULL, -- {"it": …, "en": …, "de": …}
    description jsonb NOT NULL,
    keywords text [] NOT NULL,
    fields jsonb NOT NULL, -- in order: {"name", "type", "title": {…}, "unit", "enum", "in_tiles"}
    bbox double precision [] NOT NULL, -- min_lon, min_lat, max_lon, max_lat
    begins date,
    ends date,
    item_count integer NOT NULL,
    has_tiles boolean NOT NULL,
    PRIMARY KEY (release_id, collection_id)
);

-- grain: one feature of one collection
CREATE TABLE publish.feature (
    release_id text NOT NULL,
    collection_id text NOT NULL,
    feature_number integer NOT NULL, -- 1..: the order of the answer; in tiles the id
    feature_id text NOT NULL,
    vintage_id text NOT NULL,
    level text NOT NULL,
    territory_code text NOT NULL,
    period_begin date, -- null: the collection has no time
    period_end date,
    properties jsonb NOT NULL, -- for filters and sorting
    properties_json text NOT NULL, -- the same, in order, ready to send
    tile_properties jsonb NOT NULL,
    PRIMARY KEY (release_id, collection_id, feature_number),
    UNIQUE (release_id, collection_id, feature_id),
    FOREIGN KEY (release_id, collection_id) REFERENCES publish.collection ON DELETE CASCADE
    -- That each feature has a geometry is checked once per release, as a set: a foreign key takes a third of the time.
);
CREATE INDEX feature_territory ON publish.feature (release_id, collection_id, territory_code);
CREATE INDEX feature_period ON publish.feature (release_id, collection_id, period_begin, period_end);

-- Only the owner of a table may ANALYZE it. Without statistics the first requests after a release are planned for an
-- empty table: a page of municipal observations in a box took 4 s instead of 9 ms.
CREATE FUNCTION publish.refresh_statistics() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
    ANALYZE publish.feature, publish.geometry, publish.tile_geometry;
$$;
REVOKE EXECUTE ON FUNCTION publish.refresh_statistics() FROM public;
GRANT EXECUTE ON FUNCTION publish.refresh_statistics() TO atlante_load;
