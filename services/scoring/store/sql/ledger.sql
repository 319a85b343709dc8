-- name: ledger_heads()
-- How far each partition is folded and its last hash; also partitions that only the journal knows, which nobody folded.
WITH RECURSIVE kept (part) AS (
    SELECT min(part) FROM journal
    UNION ALL
    SELECT (SELECT min(j.part) FROM journal j WHERE j.part > kept.part) FROM kept WHERE kept.part IS NOT NULL
)
SELECT COALESCE(o.part, k.part) AS part, COALESCE(o.next_offset, 0) AS next_offset, COALESCE(o.chain, '\x') AS chain
FROM consumer_offset o FULL JOIN (SELECT part FROM kept WHERE part IS NOT NULL) k ON k.part = o.part
ORDER BY 1;

-- name: ledger_rows(part)
-- Every row of a partition in the order of the log; read through a cursor. What is compared as bytes comes as bytes.
SELECT off, timestamptz_send(recorded_at) AS recorded_at, payload, chain, duplicate, fault,
    uuid_send(identity) AS identity, type, subject, day, last_day, named, key, uuid_send(voids) AS voids, void_type
FROM journal WHERE part = :part::smallint ORDER BY off;

-- name: ledger_originals(part, identities)
-- Where the events stand that these duplicates repeat.
SELECT identity, off FROM journal
WHERE part = :part::smallint AND identity = ANY(:identities::uuid[]) AND NOT duplicate;

-- name: ledger_guarded()$
-- Whether the index that keeps each identity single is in force; rows that are no duplicates are not compared pairwise.
-- A journal rebuilt from the topics has the same index under another name.
SELECT EXISTS (SELECT FROM pg_index i
    WHERE i.indrelid = to_regclass('journal') AND i.indisunique AND i.indisvalid AND pg_get_indexdef(i.indexrelid)
        LIKE '%(part, identity) WHERE ((NOT duplicate) AND (identity IS NOT NULL))');
