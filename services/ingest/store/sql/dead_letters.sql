-- name: keep_dead_letters(contents, clients, origins, sources, event_ids, types, reasons, problems, bodies, completes, topic)
-- Keep what was rejected, sorted by content, and owe a note of it (without the body, which may name people) to the log.
-- The same again adds no row; after a replay it opens the row again.
WITH kept AS (
    INSERT INTO dead_letter (content, client, origin, source, event_id, type, reason, problems, body, complete)
    SELECT * FROM unnest(:contents::bytea[], :clients::text[], :origins::text[], :sources::text[], :event_ids::text[],
        :types::text[], :reasons::text[], :problems::jsonb[], :bodies::bytea[], :completes::boolean[])
    ON CONFLICT ON CONSTRAINT dead_letter_content DO UPDATE
        SET state = 'open', reason = excluded.reason, problems = excluded.problems
        WHERE dead_letter.state <> 'open'
    RETURNING id, received_at, client, origin, source, event_id, type, reason, problems
)
INSERT INTO outbox (topic, key, value)
SELECT :topic, convert_to(coalesce(source, client), 'UTF8'), convert_to(to_jsonb(kept)::text, 'UTF8') FROM kept
RETURNING id;

-- name: kept_letters(contents)
-- Which of these are kept already.
SELECT content FROM dead_letter WHERE content = ANY (:contents::bytea[]);

-- name: letter_kinds()
-- Every source and type that letters have: one look into the index for each, however many letters it has.
WITH RECURSIVE kind AS (
    (SELECT source, type FROM dead_letter WHERE source IS NOT NULL AND type IS NOT NULL ORDER BY source, type LIMIT 1)
    UNION ALL
    SELECT following.source, following.type FROM kind CROSS JOIN LATERAL (
        SELECT d.source, d.type FROM dead_letter d
        WHERE (d.source, d.type) > (kind.source, kind.type) AND d.source IS NOT NULL AND d.type IS NOT NULL
        ORDER BY d.source, d.type LIMIT 1
    ) following
)
SELECT source, type FROM kind;

-- name: own_letters(after, state, client, origins, sources, types, most)
-- One page of those that a client sent, or that have one of these sources with the type beside it.
SELECT id, received_at, client, origin, source, event_id, type, reason, problems, complete, state
FROM dead_letter
WHERE id > :after AND (:state::text IS NULL OR state = :state)
    AND (client = :client AND origin = ANY (:origins::text[])
        OR (source, type) IN (SELECT * FROM unnest(:sources::text[], :types::text[])))
ORDER BY id
LIMIT :most;

-- name: dead_letters(after, state, most)
-- One page, oldest first; `state` null for all.
SELECT id, received_at, client, origin, source, event_id, type, reason, problems, complete, state
FROM dead_letter
WHERE id > :after AND (:state::text IS NULL OR state = :state)
ORDER BY id
LIMIT :most;

-- name: dead_letter(id)
SELECT id, received_at, client, origin, source, event_id, type, reason, problems, complete, state, body
FROM dead_letter WHERE id = :id;

-- name: mark_replayed(id)!
UPDATE dead_letter SET state = 'replayed' WHERE id = :id;
