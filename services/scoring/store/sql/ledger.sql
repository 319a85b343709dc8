-- name: ledger_heads()
-- How far each partition is folded and its last hash; also partitions that only the journal knows, which nobody folded.
WITH RECURSIVE kept (partition) AS (
    SELECT min(partition) FROM journal
    UNION ALL
    SELECT (SELECT min(j.partition) FROM journal j WHERE j.partition > kept.partition) FROM kept WHERE kept.partition IS NOT NULL
)
SELECT COALESCE(o.partition, k.partition) AS partition, COALESCE(o.next_offset, 0) AS next_offset, COALESCE(o.chain, '\x') AS chain
FROM consumer_offset o FULL JOIN (SELECT partition FROM kept WHERE partition IS NOT NULL) k ON k.partition = o.partition
ORDER BY 1;

-- name: ledger_rows(partition)
-- Every row of a partition in the order of the log; read through a cursor. What is compared as bytes comes as bytes.
SELECT record_offset, timestamptz_send(recorded_at) AS recorded_at, payload, chain, duplicate, fault,
    uuid_send(identity) AS identity, type, subject, day, last_day, named, key, supervisor, uuid_send(voids) AS voids, void_type
FROM journal WHERE partition = :partition::smallint ORDER BY record_offset;

-- name: ledger_originals(partition, identities)
-- Where the events stand that these duplicates repeat.
SELECT identity, record_offset FROM journal
WHERE partition = :partition::smallint AND identity = ANY(:identities::uuid[]) AND NOT duplicate;

-- name: ledger_guarded()$
-- Whether the index that keeps each identity single is in force; rows that are no duplicates are not compared pairwise.
-- A journal rebuilt from the topics has the same index under another name.
SELECT EXISTS (SELECT FROM pg_index i
    WHERE i.indrelid = to_regclass('journal') AND i.indisunique AND i.indisvalid AND pg_get_indexdef(i.indexrelid)
        LIKE '%(partition, identity) WHERE ((NOT duplicate) AND (identity IS NOT NULL))');
