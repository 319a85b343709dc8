-- name: lock_for_facts()
-- Keep the directory still while facts are folded; many may hold it.
SELECT pg_advisory_xact_lock_shared(7401);

-- name: lock_for_directory()
-- Keep all fact folds out while the directory changes.
SELECT pg_advisory_xact_lock(7401);

-- name: lock_for_preparing()
-- Let one worker at a time create what all of them need.
SELECT pg_advisory_xact_lock(7403);

-- name: ensure_journal(partitions)$
-- Create the journal's partitions. Idempotent.
SELECT ensure_journal(:partitions::int);

-- name: ensure_offsets(partitions)!
-- Create the offset rows of the directory (-1) and of every partition. Idempotent.
INSERT INTO consumer_offset (partition) SELECT generate_series(-1, :partitions::int - 1) ON CONFLICT DO NOTHING;

-- name: offsets()
-- All positions.
SELECT partition, next_offset, chain FROM consumer_offset ORDER BY partition;

-- name: fence(partitions, expected, nexts, chains)
-- Move the offsets; a partition missing from the result was not where the caller believed, so the caller must roll back.
UPDATE consumer_offset o
SET next_offset = b.next_offset, chain = b.chain
FROM unnest(:partitions::smallint[], :expected::bigint[], :nexts::bigint[], :chains::bytea[]) AS b (partition, expected, next_offset, chain)
WHERE o.partition = b.partition AND o.next_offset = b.expected
RETURNING o.partition;

-- name: hold_partitions(partitions)
-- Serialise with the fold of these partitions; say where they are.
SELECT partition, next_offset, chain FROM consumer_offset WHERE partition = ANY(:partitions::smallint[]) ORDER BY partition FOR UPDATE;

-- name: rows_at(partitions, offsets)
-- What the journal has at these places, but for those where an operator has accepted that Kafka has another record.
SELECT j.partition, j.record_offset, j.payload, uuid_send(j.identity) AS identity
FROM unnest(:partitions::smallint[], :offsets::bigint[]) AS b (partition, record_offset) JOIN journal j ON j.partition = b.partition AND j.record_offset = b.record_offset
WHERE NOT EXISTS (SELECT FROM accepted a WHERE a.partition = j.partition AND a.record_offset = j.record_offset);

-- name: tell_truncated(owned, lost)!
-- Of the partitions of a worker say which the log has lost a tail of.
WITH found AS (DELETE FROM truncated WHERE partition = ANY(:owned::smallint[]) AND partition <> ALL(:lost::smallint[]))
INSERT INTO truncated (partition) SELECT unnest(:lost::smallint[]) ON CONFLICT DO NOTHING;

-- name: truncated(partitions)
-- Which of these partitions the log has lost a tail of.
SELECT partition FROM truncated WHERE partition = ANY(:partitions::smallint[]);

-- name: mentions(partition, identities)
-- Which of these events are in a partition's journal already, and which a void in it names (then with the void's type and
-- subject).
SELECT identity, NULL AS void_type, NULL AS subject FROM journal
WHERE partition = :partition::smallint AND identity = ANY(:identities::uuid[]) AND NOT duplicate
UNION ALL
SELECT voids, void_type, subject FROM journal
WHERE partition = :partition::smallint AND voids = ANY(:identities::uuid[]) AND NOT duplicate;

-- name: void_targets(partitions, identities, types, subjects)
-- The events that these voids name, each with the offset of its first void.
SELECT j.partition, j.record_offset, j.payload, min(v.record_offset) AS voided_offset
FROM (SELECT DISTINCT * FROM
    unnest(:partitions::smallint[], :identities::uuid[], :types::text[], :subjects::text[]) AS u (partition, identity, type, subject)) AS b
JOIN journal j ON j.partition = b.partition AND j.identity = b.identity AND j.type = b.type AND j.subject = b.subject AND NOT j.duplicate
JOIN journal v ON v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type AND v.subject = j.subject
    AND NOT v.duplicate
GROUP BY j.partition, j.record_offset, j.payload;

-- name: directory_position()^
-- How far the directory is folded, and the last of its records that was taken in later than it came.
SELECT COALESCE((SELECT next_offset FROM consumer_offset WHERE partition = -1), 0) AS position,
    COALESCE((SELECT max(number) FROM refolded WHERE partition = -1), 0) AS refolded;

-- name: directory_events(after, before, size)
-- The directory's events that shape units, schedules, calendar, closings and policies, within offsets, not all at once.
SELECT record_offset, payload FROM journal
WHERE partition = -1 AND record_offset >= :after AND record_offset < :before AND NOT duplicate AND fault IS NULL
    AND type IN ('unit.registered.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1',
        'policy.proposed.v1', 'policy.published.v1', 'event.voided.v1')
ORDER BY record_offset LIMIT :size;

-- name: add_to_outbox(units, days)!
-- Note unit-days for kinerja.measures.
INSERT INTO measure_outbox (unit, day) SELECT * FROM unnest(:units::text[], :days::date[]);

-- name: add_dead_letters(partitions, offsets, reasons, payloads)!
-- Keep records that could not be folded.
INSERT INTO dead_letter (partition, record_offset, reason, payload)
SELECT * FROM unnest(:partitions::smallint[], :offsets::bigint[], :reasons::text[], :payloads::bytea[]) ON CONFLICT DO NOTHING;

-- name: notify_changed(subjects)$
-- Tell readers which subjects changed, when this commits; the payload stays under 8 kB.
SELECT pg_notify('scoring_changed', :subjects::text);

-- name: lead_publishing()$
-- Become the only publisher of this database until the transaction ends; false when somebody else is.
SELECT pg_try_advisory_xact_lock(7402);

-- name: add_spans_to_outbox(units, firsts, lasts)!
-- Note for kinerja.measures the closed days of spans, and a span of one day whether closed or not; unit * is every unit.
INSERT INTO measure_outbox (unit, day, last) SELECT * FROM unnest(:units::text[], :firsts::date[], :lasts::date[]);

-- name: take_from_outbox(size)
-- Take the oldest noted unit-days out of the queue.
WITH oldest AS (SELECT id FROM measure_outbox WHERE last IS NULL ORDER BY id LIMIT :size), taken AS (
    DELETE FROM measure_outbox WHERE id IN (SELECT id FROM oldest) RETURNING unit, day
)
SELECT DISTINCT unit, day FROM taken ORDER BY day, unit;

-- name: outbox_span()^
-- The oldest noted span.
SELECT id, unit, day AS first, last, after FROM measure_outbox WHERE last IS NOT NULL ORDER BY id LIMIT 1;

-- name: finish_outbox_span(id)!
-- Take a span out of the queue.
DELETE FROM measure_outbox WHERE id = :id;

-- name: continue_outbox_span(id, after)!
-- Remember up to which unit a span is published.
UPDATE measure_outbox SET after = :after WHERE id = :id;

-- name: next_revisions(count)
-- Numbers greater than any given out before, and at least the microseconds since 1970: so readers know how great one can
-- be, and a sequence that begins anew goes on behind the old one. The caller leads the publishing.
WITH greatest_one AS MATERIALIZED (
    SELECT setval(
        'measure_revision',
        greatest(nextval('measure_revision'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) + :count::int
    ) AS revision
)
SELECT revision - before AS revision FROM greatest_one, generate_series(:count::int - 1, 0, -1) AS before;

-- name: take_dead_letters(size)
-- Take unfolded records out of the queue.
DELETE FROM dead_letter WHERE (partition, record_offset) IN (SELECT partition, record_offset FROM dead_letter ORDER BY partition, record_offset LIMIT :size)
RETURNING partition, record_offset, reason, payload;
