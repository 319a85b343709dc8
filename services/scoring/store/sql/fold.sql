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
INSERT INTO consumer_offset (part) SELECT generate_series(-1, :partitions::int - 1) ON CONFLICT DO NOTHING;

-- name: offsets()
-- All positions.
SELECT part, next_offset, chain FROM consumer_offset ORDER BY part;

-- name: fence(parts, expected, nexts, chains)
-- Move the offsets; a partition missing from the result was not where the caller believed, so the caller must roll back.
UPDATE consumer_offset o
SET next_offset = b.next_offset, chain = b.chain
FROM unnest(:parts::smallint[], :expected::bigint[], :nexts::bigint[], :chains::bytea[]) AS b (part, expected, next_offset, chain)
WHERE o.part = b.part AND o.next_offset = b.expected
RETURNING o.part;

-- name: hold_partitions(parts)
-- Serialise with the fold of these partitions; say where they are.
SELECT part, next_offset, chain FROM consumer_offset WHERE part = ANY(:parts::smallint[]) ORDER BY part FOR UPDATE;

-- name: rows_at(parts, offs)
-- What the journal has at these places, but for those where an operator has accepted that Kafka has another record.
SELECT j.part, j.off, j.payload, uuid_send(j.identity) AS identity
FROM unnest(:parts::smallint[], :offs::bigint[]) AS b (part, off) JOIN journal j ON j.part = b.part AND j.off = b.off
WHERE NOT EXISTS (SELECT FROM accepted a WHERE a.part = j.part AND a.off = j.off);

-- name: tell_truncated(owned, lost)!
-- Of the partitions of a worker say which the log has lost a tail of.
WITH found AS (DELETE FROM truncated WHERE part = ANY(:owned::smallint[]) AND part <> ALL(:lost::smallint[]))
INSERT INTO truncated (part) SELECT unnest(:lost::smallint[]) ON CONFLICT DO NOTHING;

-- name: truncated(parts)
-- Which of these partitions the log has lost a tail of.
SELECT part FROM truncated WHERE part = ANY(:parts::smallint[]);

-- name: mentions(parts, identities)
-- Which of these events are in the journal already, and which a void in it names (then with the void's type and subject).
WITH batch AS MATERIALIZED (SELECT * FROM unnest(:parts::smallint[], :identities::uuid[]) AS b (part, identity))
SELECT b.part, b.identity, NULL AS void_type, NULL AS subject
FROM batch b CROSS JOIN LATERAL (SELECT FROM journal j
    WHERE j.part = b.part AND j.identity = b.identity AND NOT j.duplicate OFFSET 0) AS known
UNION ALL
SELECT b.part, b.identity, v.void_type, v.subject
FROM batch b CROSS JOIN LATERAL (SELECT j.void_type, j.subject FROM journal j
    WHERE j.part = b.part AND j.voids = b.identity AND NOT j.duplicate OFFSET 0) AS v;

-- name: void_targets(parts, identities, types, subjects)
-- The events that these voids name, each with the offset of its first void.
SELECT j.part, j.off, j.payload, min(v.off) AS voided_off
FROM (SELECT DISTINCT * FROM
    unnest(:parts::smallint[], :identities::uuid[], :types::text[], :subjects::text[]) AS u (part, identity, type, subject)) AS b
JOIN journal j ON j.part = b.part AND j.identity = b.identity AND j.type = b.type AND j.subject = b.subject AND NOT j.duplicate
JOIN journal v ON v.part = j.part AND v.voids = j.identity AND v.void_type = j.type AND v.subject = j.subject
    AND NOT v.duplicate
GROUP BY j.part, j.off, j.payload;

-- name: directory_position()^
-- How far the directory is folded, and the last of its records that was taken in later than it came.
SELECT COALESCE((SELECT next_offset FROM consumer_offset WHERE part = -1), 0) AS position,
    COALESCE((SELECT max(number) FROM refolded WHERE part = -1), 0) AS refolded;

-- name: directory_events(after, before, size)
-- The directory's events that shape units, schedules, calendar and closings, within offsets, not all at once.
SELECT off, payload FROM journal
WHERE part = -1 AND off >= :after AND off < :before AND NOT duplicate AND fault IS NULL
    AND type IN ('unit.registered.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1', 'event.voided.v1')
ORDER BY off LIMIT :size;

-- name: mark_changed(units, days)!
-- Note unit-days for kinerja.measures.
INSERT INTO changed (unit, day) SELECT * FROM unnest(:units::text[], :days::date[]);

-- name: add_dead_letters(parts, offs, reasons, payloads)!
-- Keep records that could not be folded.
INSERT INTO dead_letter (part, off, reason, payload)
SELECT * FROM unnest(:parts::smallint[], :offs::bigint[], :reasons::text[], :payloads::bytea[]) ON CONFLICT DO NOTHING;

-- name: notify_changed(subjects)$
-- Tell readers which subjects changed, when this commits; the payload stays under 8 kB.
SELECT pg_notify('scoring_changed', :subjects::text);

-- name: lead_publishing()$
-- Become the only publisher of this database until the transaction ends; false when somebody else is.
SELECT pg_try_advisory_xact_lock(7402);

-- name: mark_changed_spans(units, firsts, lasts)!
-- Note for kinerja.measures the closed days of spans, and a span of one day whether closed or not; unit * is every unit.
INSERT INTO changed (unit, day, last) SELECT * FROM unnest(:units::text[], :firsts::date[], :lasts::date[]);

-- name: take_changed(size)
-- Take the oldest noted unit-days out of the queue.
WITH oldest AS (SELECT id FROM changed WHERE last IS NULL ORDER BY id LIMIT :size), taken AS (
    DELETE FROM changed WHERE id IN (SELECT id FROM oldest) RETURNING unit, day
)
SELECT DISTINCT unit, day FROM taken ORDER BY day, unit;

-- name: changed_span()^
-- The oldest noted span.
SELECT id, unit, day AS first, last, after FROM changed WHERE last IS NOT NULL ORDER BY id LIMIT 1;

-- name: finish_changed_span(id)!
-- Take a span out of the queue.
DELETE FROM changed WHERE id = :id;

-- name: continue_changed_span(id, after)!
-- Remember up to which unit a span is published.
UPDATE changed SET after = :after WHERE id = :id;

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
DELETE FROM dead_letter WHERE (part, off) IN (SELECT part, off FROM dead_letter ORDER BY part, off LIMIT :size)
RETURNING part, off, reason, payload;
