-- name: known_heads(units, known_at)
-- Standing assignments, as known at a moment, that make somebody head of one of the units.
SELECT j.subject, j.payload FROM journal j
WHERE j.partition = -1 AND j.named = ANY(:units::text[]) AND j.key = 'head' AND j.type = 'assignment.started.v1' AND NOT j.duplicate
    AND j.recorded_at <= :known_at
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = -1 AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_assigned(units, known_at, most)
-- Whom assignments known at a moment put into one of the units, one row each, not more rows than :most.
SELECT j.subject FROM journal j
WHERE j.partition = -1 AND j.named = ANY(:units::text[]) AND j.type = 'assignment.started.v1' AND NOT j.duplicate
    AND j.recorded_at <= :known_at
LIMIT :most;

-- name: known_supervised(supervisors, known_at)
-- Whom some standing assignment, as known at a moment, puts under one of these supervisors by name.
SELECT DISTINCT j.subject FROM journal j
WHERE j.partition = -1 AND j.supervisor = ANY(:supervisors::text[]) AND j.type = 'assignment.started.v1' AND NOT j.duplicate
    AND j.recorded_at <= :known_at
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = -1 AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_of_periods(partitions, subjects, periods, types, known_at)
-- What is known at a moment about these subjects and periods, taken-back events marked so; each looked up by its key.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload,
    EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at) AS voided
FROM unnest(:partitions::smallint[], :subjects::text[]) AS b (partition, subject)
CROSS JOIN LATERAL (SELECT * FROM journal j
    WHERE j.partition = b.partition AND j.subject = b.subject AND j.key = ANY(:periods::text[]) AND j.key IS NOT NULL
        AND NOT j.duplicate AND j.type = ANY(:types::text[]) AND j.recorded_at <= :known_at
    OFFSET 0) AS j;

-- name: known_about_one(partition, subject, periods, types, known_at)
-- The same about one subject, with the standing contests of events about it and the answers to them. All in one partition,
-- which is known before the query begins: no other is looked at.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload, j.type,
    EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at) AS voided
FROM (
    SELECT * FROM journal WHERE partition = :partition::smallint AND subject = :subject AND key = ANY(:periods::text[]) AND key IS NOT NULL
        AND NOT duplicate AND type = ANY(:types::text[]) AND recorded_at <= :known_at
    UNION ALL
    SELECT * FROM journal WHERE partition = :partition::smallint AND subject = :subject AND NOT duplicate
        AND type IN ('event.contested.v1', 'contest.answered.v1') AND day IS NULL AND last_day IS NULL AND recorded_at <= :known_at) AS j;

-- name: known_contests(partitions, subjects, known_at)
-- Standing contests of events about these subjects, and the answers to them, as known at a moment.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload, false AS voided
FROM unnest(:partitions::smallint[], :subjects::text[]) AS b (partition, subject)
CROSS JOIN LATERAL (SELECT * FROM journal j
    WHERE j.partition = b.partition AND j.subject = b.subject AND j.type IN ('event.contested.v1', 'contest.answered.v1')
        AND NOT j.duplicate AND j.day IS NULL AND j.last_day IS NULL AND j.recorded_at <= :known_at
    OFFSET 0) AS j
WHERE NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
    AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_targets(partitions, identities, types, subjects, known_at)
-- The events that contests name, taken-back ones marked so, as known at a moment.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload,
    EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at) AS voided
FROM unnest(:partitions::smallint[], :identities::uuid[], :types::text[], :subjects::text[]) AS b (partition, identity, type, subject)
JOIN journal j ON j.partition = b.partition AND j.identity = b.identity AND j.type = b.type AND j.subject = b.subject
    AND NOT j.duplicate AND j.recorded_at <= :known_at;

-- name: known_complaints(partitions, subjects, keys, known_at)
-- Standing events of these complaints, as known at a moment.
SELECT j.subject, j.key, j.payload
FROM unnest(:partitions::smallint[], :subjects::text[], :keys::text[]) AS b (partition, subject, key)
JOIN journal j ON j.partition = b.partition AND j.subject = b.subject AND j.key = b.key AND NOT j.duplicate
    AND j.type IN ('complaint.received.v1', 'complaint.resolved.v1') AND j.recorded_at <= :known_at
WHERE NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
    AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_contested_units(known_at)
-- Of which units any event is contested.
SELECT DISTINCT subject FROM journal
WHERE type = 'event.contested.v1' AND NOT duplicate AND starts_with(subject, 'unit:') AND recorded_at <= :known_at;

-- name: known_units_naming(employees, first, last, known_at)
-- At which units these people are named by a service or an answer whose search day lies in the window, taken back or not.
SELECT DISTINCT j.subject FROM journal j
WHERE j.named = ANY(:employees::text[]) AND j.partition >= 0 AND NOT j.duplicate AND j.recorded_at <= :known_at
    AND j.day BETWEEN :first AND :last;

-- name: known_facts_of_person(partition, subject, employee, first, last, known_at)
-- Standing facts about a person, or naming them, whose search day or leave meets the window, with their places.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload, false AS voided FROM journal j
WHERE ((j.partition = :partition::smallint AND j.subject = :subject AND j.day BETWEEN :first AND :last AND j.last_day IS NULL)
        OR (j.partition = :partition::smallint AND j.subject = :subject AND j.last_day IS NOT NULL AND j.day <= :last AND j.last_day >= :first)
        OR (j.partition >= 0 AND j.named = :employee AND j.day BETWEEN :first AND :last))
    AND NOT j.duplicate AND j.fault IS NULL AND j.recorded_at <= :known_at
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_facts_of_units(partitions, subjects, first, last, known_at)
-- Standing services, answers and complaints of units whose search day lies in the window, with their places.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload, false AS voided
FROM unnest(:partitions::smallint[], :subjects::text[]) AS b (partition, subject)
JOIN journal j ON j.partition = b.partition AND j.subject = b.subject AND j.day BETWEEN :first AND :last AND NOT j.duplicate
    AND j.fault IS NULL AND j.recorded_at <= :known_at
WHERE NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
    AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);
