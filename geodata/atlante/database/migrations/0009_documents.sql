-- Documents can be withdrawn, and lists can be partial.

ALTER TABLE territory.document
ADD COLUMN is_complete boolean NOT NULL DEFAULT TRUE, -- false: who is not in it may have existed all the same
ADD COLUMN withdrawn_at timestamptz; -- null: it counts; otherwise the history has done without it since then

ALTER TABLE ops.run
DROP CONSTRAINT run_verb_check,
ADD CONSTRAINT run_verb_check CHECK (
    verb IN ('territories load', 'territories forget', 'ingest', 'build', 'publish')
);

-- Whether a row of the history was taken to be true at a moment; null: whether it is now.
CREATE FUNCTION territory.is_known(known_from timestamptz, known_to timestamptz, moment timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN moment IS NULL THEN known_to IS NULL
    ELSE known_from <= moment AND (known_to IS NULL OR known_to > moment)
END;
