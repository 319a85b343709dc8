-- Records kept apart are taken in once they can be read: what waits for a newer version is told from what is malformed.
ALTER TABLE set_aside ADD COLUMN for_later boolean NOT NULL DEFAULT false;
ALTER TABLE set_aside ADD COLUMN recorded_at timestamptz;
UPDATE set_aside SET recorded_at = at;
ALTER TABLE set_aside ALTER COLUMN recorded_at SET NOT NULL;

-- SHA-256 of the last record folded, by which a log that lost its tail is known; null until the next one is.
ALTER TABLE consumer_offset ADD COLUMN last_digest bytea;
