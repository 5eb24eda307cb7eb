-- Territories through time and the quality of placement, as they are served.

ALTER TABLE publish.collection
DROP CONSTRAINT collection_kind_check,
ADD CONSTRAINT collection_kind_check CHECK (
    kind IN ('territories', 'indicators', 'observations', 'history', 'linkage-quality')
);

-- Null: no boundaries show this territory with the ground that it had then. A stated fact, in GeoJSON a null geometry.
ALTER TABLE publish.feature ALTER COLUMN vintage_id DROP NOT NULL;

-- Outlines of the past belong to no vintage that is served as a whole: their vintage_id is 'history', and their
-- territory_code says what they are made of, so that a release that needs the same one finds it here. They are in no
-- tiles and in no collection with overviews.
ALTER TABLE publish.geometry
ALTER COLUMN feature_number DROP NOT NULL,
ALTER COLUMN overview_json DROP NOT NULL,
ADD CONSTRAINT geometry_is_complete CHECK (
    vintage_id = 'history' OR (feature_number IS NOT NULL AND overview_json IS NOT NULL)
);
CREATE INDEX feature_of_history ON publish.feature (level, territory_code) WHERE vintage_id = 'history';

-- With the number, a page of a period is found without reading the features before it.
DROP INDEX publish.feature_period;
CREATE INDEX feature_period ON publish.feature (release_id, collection_id, period_begin, period_end, feature_number);
