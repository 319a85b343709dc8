-- name: acknowledged()
-- How far each partition of the log has come, as far as any process has noted.
SELECT topic, partition, next_offset FROM acknowledged;

-- name: raise_acknowledged(topics, partitions, offsets)!
-- Note how far partitions have come; never backwards. In the order of the keys, as other processes do.
INSERT INTO acknowledged AS kept (topic, partition, next_offset)
SELECT * FROM unnest(:topics::text[], :partitions::int[], :offsets::bigint[])
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
WHERE kept.next_offset < excluded.next_offset;
