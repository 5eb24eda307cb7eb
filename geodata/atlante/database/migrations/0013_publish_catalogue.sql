-- The catalogue of definitions, as it is served: features that are of no territory.

ALTER TABLE publish.collection
DROP CONSTRAINT collection_kind_check,
ADD CONSTRAINT collection_kind_check CHECK (
    kind IN ('territories', 'indicators', 'observations', 'history', 'linkage-quality', 'catalogue')
);

-- A foreign key is checked row by row as features are written: 4 s of 800,000. The one road that writes collections
-- counts the features of each; that they go with their collection is kept by a trigger.
ALTER TABLE publish.feature DROP CONSTRAINT feature_release_id_collection_id_fkey;

CREATE FUNCTION publish.delete_features() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM publish.feature AS feature
    WHERE feature.release_id = OLD.release_id AND feature.collection_id = OLD.collection_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER delete_features AFTER DELETE ON publish.collection
FOR EACH ROW EXECUTE FUNCTION publish.delete_features();

-- Wide rows hold many names and few numbers. lz4, where the server has it, takes a third of the time of pglz to write.
DO $$
BEGIN
    IF (SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE publish.feature
        ALTER COLUMN properties SET COMPRESSION lz4,
        ALTER COLUMN properties_json SET COMPRESSION lz4,
        ALTER COLUMN tile_properties SET COMPRESSION lz4;
    END IF;
END
$$;
