-- name: positions()
-- Where to read on.
SELECT topic, part, next_offset FROM consumer_offset;

-- name: begin_partitions(topics, parts)!
-- Begin partitions that nobody has folded yet.
INSERT INTO consumer_offset (topic, part, next_offset)
SELECT topic, part, 0 FROM unnest(:topics::text[], :parts::int[]) AS b (topic, part) ON CONFLICT DO NOTHING;

-- name: fence(topics, parts, expected, nexts)
-- Move the offsets; a partition missing from the answer was not where the caller believed, so the caller must roll back.
UPDATE consumer_offset o SET next_offset = b.next_offset
FROM unnest(:topics::text[], :parts::int[], :expected::bigint[], :nexts::bigint[])
    AS b (topic, part, expected, next_offset)
WHERE o.topic = b.topic AND o.part = b.part AND o.next_offset = b.expected
RETURNING o.topic, o.part;

-- name: set_aside(topic, part, record_offset, reason, payload)!
-- Keep a record that cannot be folded.
INSERT INTO set_aside (topic, part, record_offset, reason, payload)
VALUES (:topic, :part, :record_offset, :reason, :payload) ON CONFLICT DO NOTHING;
