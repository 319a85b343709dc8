-- name: positions()
-- Where to read on.
SELECT topic, partition, next_offset FROM consumer_offset;

-- name: last_records()
-- The last record folded of each partition, as far as known.
SELECT topic, partition, next_offset - 1 AS record_offset, last_digest FROM consumer_offset WHERE last_digest IS NOT NULL;

-- name: begin_partitions(topics, partitions)!
-- Begin partitions that nobody has folded yet.
INSERT INTO consumer_offset (topic, partition, next_offset)
SELECT topic, partition, 0 FROM unnest(:topics::text[], :partitions::int[]) AS b (topic, partition) ON CONFLICT DO NOTHING;

-- name: fence(topics, partitions, expected, nexts, digests)
-- Move the offsets; a partition missing from the answer was not where the caller believed, so the caller must roll back.
UPDATE consumer_offset o SET next_offset = b.next_offset, last_digest = b.digest
FROM unnest(:topics::text[], :partitions::int[], :expected::bigint[], :nexts::bigint[], :digests::bytea[])
    AS b (topic, partition, expected, next_offset, digest)
WHERE o.topic = b.topic AND o.partition = b.partition AND o.next_offset = b.expected
RETURNING o.topic, o.partition;

-- name: keep_apart(topic, partition, record_offset, reason, payload, recorded_at, for_later)!
-- Keep a record that cannot be folded.
INSERT INTO set_aside (topic, partition, record_offset, reason, payload, recorded_at, for_later)
VALUES (:topic, :partition, :record_offset, :reason, :payload, :recorded_at, :for_later) ON CONFLICT DO NOTHING;

-- name: kept_apart(topic, partition, record_offset, only_later, size)
-- The next records kept apart after a place, held until the transaction ends; what somebody else holds is passed over.
SELECT topic, partition, record_offset, payload, recorded_at FROM set_aside
WHERE (topic, partition, record_offset) > (:topic, :partition::int, :record_offset::bigint) AND (for_later OR NOT :only_later::boolean)
ORDER BY topic, partition, record_offset LIMIT :size FOR UPDATE SKIP LOCKED;

-- name: taken_in(topics, partitions, offsets)!
-- Forget records that are folded now.
DELETE FROM set_aside s USING unnest(:topics::text[], :partitions::int[], :offsets::bigint[]) AS b (topic, partition, record_offset)
WHERE s.topic = b.topic AND s.partition = b.partition AND s.record_offset = b.record_offset;

-- name: count_kept_apart()^
-- How many records are kept apart.
SELECT count(*) FILTER (WHERE for_later) AS later, count(*) FILTER (WHERE NOT for_later) AS malformed FROM set_aside;
