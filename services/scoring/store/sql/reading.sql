-- name: positions()
-- How far everything is folded, in this snapshot, and the last of its records that was taken in later than it came.
SELECT partition, next_offset,
    COALESCE((SELECT max(number) FROM refolded r WHERE r.partition = o.partition), 0) AS refolded
FROM consumer_offset o ORDER BY partition;

-- name: oldest_unsettled()$
-- The least directory offset of a record that moved something which is not recomputed yet; null when all is.
SELECT min(since) FROM recompute_queue;

-- name: registered(subject)$
-- Whether the employee is registered.
SELECT EXISTS (SELECT FROM journal WHERE partition = -1 AND subject = :subject AND type = 'employee.registered.v1'
    AND NOT duplicate AND day IS NULL AND last_day IS NULL);

-- name: person_events(subject, employee, first, last)
-- Events about the person or naming them whose search day or leave meets the window, with the void that took them back.
SELECT j.partition, j.record_offset, j.recorded_at, j.payload, v.payload AS void_payload, v.recorded_at AS voided_at
FROM journal j
LEFT JOIN LATERAL (SELECT w.payload, w.recorded_at FROM journal w WHERE w.partition = j.partition AND w.voids = j.identity
    AND w.void_type = j.type AND w.subject = j.subject AND NOT w.duplicate ORDER BY w.record_offset LIMIT 1) v ON true
WHERE NOT j.duplicate AND j.partition >= 0 AND j.fault IS NULL
    AND ((j.subject = :subject AND j.day BETWEEN :first AND :last AND j.last_day IS NULL)
        OR (j.subject = :subject AND j.last_day IS NOT NULL AND j.day <= :last AND j.last_day >= :first)
        OR (j.named = :employee AND j.day BETWEEN :first AND :last))
ORDER BY j.day, j.recorded_at, j.partition, j.record_offset;

-- name: known_directory(known_at)
-- The directory's shaping events as known at a moment.
SELECT payload FROM journal
WHERE partition = -1 AND recorded_at <= :known_at AND NOT duplicate AND fault IS NULL
    AND type IN ('unit.registered.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1',
        'policy.proposed.v1', 'policy.published.v1', 'event.voided.v1');

-- name: known_policies(known_at)
-- What was proposed, published and taken back of policies, as known at a moment.
SELECT payload FROM journal
WHERE partition = -1 AND recorded_at <= :known_at AND NOT duplicate AND fault IS NULL
    AND type IN ('policy.proposed.v1', 'policy.published.v1', 'event.voided.v1')
    AND (type <> 'event.voided.v1' OR void_type IN ('policy.proposed.v1', 'policy.published.v1'));

-- name: known_registered(subject, known_at)$
-- Whether the employee was registered at a moment.
SELECT EXISTS (SELECT FROM journal WHERE partition = -1 AND subject = :subject AND type = 'employee.registered.v1'
    AND NOT duplicate AND recorded_at <= :known_at AND day IS NULL AND last_day IS NULL);

-- name: known_candidates(units, known_at)
-- Everyone whom some assignment known at a moment puts into one of the units.
SELECT DISTINCT subject FROM journal
WHERE partition = -1 AND named = ANY(:units::text[]) AND type = 'assignment.started.v1' AND NOT duplicate AND recorded_at <= :known_at;

-- name: known_assignments(subjects, known_at)
-- Live assignments of these people as known at a moment.
SELECT j.subject, j.payload FROM journal j
WHERE j.partition = -1 AND j.subject = ANY(:subjects::text[]) AND j.type = 'assignment.started.v1' AND NOT j.duplicate
    AND j.day IS NULL AND j.last_day IS NULL AND j.recorded_at <= :known_at
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_facts(subjects, first, last, known_at)
-- Live dated facts about these subjects as known at a moment; leaves that meet the window; whole complaints.
SELECT j.subject, j.payload FROM journal j
WHERE j.subject = ANY(:subjects::text[]) AND j.partition >= 0 AND NOT j.duplicate AND j.fault IS NULL AND j.recorded_at <= :known_at
    AND ((j.day BETWEEN :first AND :last AND j.last_day IS NULL AND j.key IS NULL)
        OR (j.last_day >= :first AND j.day <= :last)
        OR (j.key IS NOT NULL AND j.type IN ('complaint.received.v1', 'complaint.resolved.v1')))
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: known_heartbeats(known_at)
-- Of each source the live heartbeat with the greatest moment as known then, and those without one in the index. Sources
-- are looked up one after the other in each partition; one that is silent since has no row in coverage if all was voided.
WITH RECURSIVE source AS (
    SELECT o.partition, (SELECT min(j.subject) FROM journal j
        WHERE j.partition = o.partition AND j.type = 'source.reported.v1' AND NOT j.duplicate) AS subject
    FROM consumer_offset o WHERE o.partition >= 0
    UNION ALL
    SELECT s.partition, (SELECT min(j.subject) FROM journal j
        WHERE j.partition = s.partition AND j.type = 'source.reported.v1' AND NOT j.duplicate AND j.subject > s.subject)
    FROM source s WHERE s.subject IS NOT NULL
)
SELECT s.subject, h.payload
FROM source s CROSS JOIN LATERAL (
    (SELECT j.payload FROM journal j
    WHERE j.partition = s.partition AND j.subject = s.subject AND j.type = 'source.reported.v1' AND NOT j.duplicate
        AND heartbeat_moment(j.payload) IS NOT NULL AND j.recorded_at <= :known_at
        AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = s.partition AND v.voids = j.identity AND v.void_type = j.type
            AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at)
    ORDER BY heartbeat_moment(j.payload) DESC LIMIT 1)
    UNION ALL
    (SELECT j.payload FROM journal j
    WHERE j.partition = s.partition AND j.subject = s.subject AND j.type = 'source.reported.v1' AND NOT j.duplicate
        AND heartbeat_moment(j.payload) IS NULL AND j.recorded_at <= :known_at
        AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = s.partition AND v.voids = j.identity AND v.void_type = j.type
            AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at))) AS h
WHERE s.subject IS NOT NULL;
