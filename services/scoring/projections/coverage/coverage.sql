-- name: coverage()
-- How far each source says it is complete.
SELECT source, up_to FROM coverage ORDER BY source;

-- name: raise_coverage(sources, partitions, up_to)!
-- Note how far sources are complete; never backwards.
INSERT INTO coverage (source, partition, up_to)
SELECT * FROM unnest(:sources::text[], :partitions::smallint[], :up_to::timestamptz[])
ON CONFLICT (source) DO UPDATE SET up_to = excluded.up_to WHERE coverage.up_to < excluded.up_to;

-- name: greatest_heartbeats(partitions, subjects)
-- Of each source the live heartbeat with the greatest moment, for when one was voided; and those without one in the index.
SELECT b.partition, b.subject, h.payload
FROM unnest(:partitions::smallint[], :subjects::text[]) AS b (partition, subject)
CROSS JOIN LATERAL (
    (SELECT j.payload FROM journal j
    WHERE j.partition = b.partition AND j.subject = b.subject AND j.type = 'source.reported.v1' AND NOT j.duplicate
        AND heartbeat_moment(j.payload) IS NOT NULL
        AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = b.partition AND v.voids = j.identity AND v.void_type = j.type
            AND v.subject = j.subject AND NOT v.duplicate)
    ORDER BY heartbeat_moment(j.payload) DESC LIMIT 1)
    UNION ALL
    (SELECT j.payload FROM journal j
    WHERE j.partition = b.partition AND j.subject = b.subject AND j.type = 'source.reported.v1' AND NOT j.duplicate
        AND heartbeat_moment(j.payload) IS NULL
        AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = b.partition AND v.voids = j.identity AND v.void_type = j.type
            AND v.subject = j.subject AND NOT v.duplicate))) AS h;

-- name: drop_coverage(sources)!
-- Forget sources whose heartbeats are counted anew.
DELETE FROM coverage WHERE source = ANY(:sources::text[]);
