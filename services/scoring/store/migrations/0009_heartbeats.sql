-- How far a source said it was complete is found by its greatest heartbeat, not by reading all it ever sent. Cost: like
-- each index of 0004 this reads the journal once, and writes one entry for each heartbeat.

-- The moment a heartbeat names; null when it cannot be read here, then whoever asks reads the heartbeat itself. Whatever
-- the session's settings: a moment has its offset, and digits after the sixth are cut, as everywhere.
CREATE FUNCTION heartbeat_moment(payload bytea) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN regexp_replace(convert_from(payload, 'UTF8')::json #>> '{data,up_to}', '(\.\d{6})\d+', '\1')::timestamptz;
EXCEPTION WHEN data_exception OR syntax_error THEN
    RETURN NULL;
END $$;

CREATE INDEX journal_heartbeat ON journal (subject, part, heartbeat_moment(payload), recorded_at)
    WHERE type = 'source.reported.v1' AND NOT duplicate;
