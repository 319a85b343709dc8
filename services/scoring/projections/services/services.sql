-- name: person_services(employee, first, last)
-- Services and answers that name the person, over all units.
SELECT day, <<credited.sums>>
FROM person_service WHERE employee = :employee AND day BETWEEN :first AND :last GROUP BY day;

-- name: add_person_services(employees, days, units, partitions, <<credited.columns>>)!
-- Add differences, each key given once.
INSERT INTO person_service AS kept (employee, day, unit, partition, <<credited.columns>>)
SELECT * FROM unnest(:employees::text[], :days::date[], :units::text[], :partitions::smallint[], <<credited.arrays>>)
ON CONFLICT (employee, day, unit) DO UPDATE SET <<credited.added>>;

-- name: drop_empty_person_services(employees, days, units)!
-- Remove days on which nothing is left.
DELETE FROM person_service p
USING unnest(:employees::text[], :days::date[], :units::text[]) AS b (employee_of, day_of, unit_of)
WHERE p.employee = b.employee_of AND p.day = b.day_of AND p.unit = b.unit_of AND <<credited.is_empty>>;

-- name: complaint_events(partitions, subjects, keys)
-- Every event of these complaints, with the offset of its first void, if any.
SELECT j.partition, j.record_offset, j.payload, min(v.record_offset) AS voided_offset
FROM unnest(:partitions::smallint[], :subjects::text[], :keys::text[]) AS b (partition, subject, key)
JOIN journal j ON j.partition = b.partition AND j.subject = b.subject AND j.key = b.key AND NOT j.duplicate
    AND j.type IN ('complaint.received.v1', 'complaint.resolved.v1')
LEFT JOIN journal v ON v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type AND v.subject = j.subject
    AND NOT v.duplicate
GROUP BY j.partition, j.record_offset, j.payload;

-- name: unit_facts(partition, subject, first, last)
-- Live services and answers of a unit whose search day lies in the window.
SELECT j.payload FROM journal j
WHERE j.partition = :partition::smallint AND j.subject = :subject AND j.day BETWEEN :first AND :last AND NOT j.duplicate
    AND j.type IN ('service.completed.v1', 'survey.answered.v1')
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate);

-- name: complaint_keys(partition, subject, first, last)
-- Complaints of a unit with an event whose search day lies in the window.
SELECT DISTINCT key FROM journal
WHERE partition = :partition::smallint AND subject = :subject AND day BETWEEN :first AND :last AND key IS NOT NULL AND NOT duplicate;

-- name: next_fact_day(partition, subject, day)$
-- The first search day of the unit's facts on or after a day.
SELECT min(day) FROM journal
WHERE partition = :partition::smallint AND subject = :subject AND day >= :day AND NOT duplicate;

-- name: own_person_services(unit, first, last)
-- What people are credited with at a unit.
SELECT employee, day, <<credited.columns>>
FROM person_service WHERE unit = :unit AND day BETWEEN :first AND :last;

-- name: live_services(partition)
-- Live services, answers, complaints and heartbeats of a partition, in order of unit or source.
SELECT j.subject, j.payload, j.type FROM journal j
WHERE j.partition = :partition::smallint AND NOT j.duplicate AND j.fault IS NULL
    AND j.type IN ('service.completed.v1', 'survey.answered.v1', 'complaint.received.v1', 'complaint.resolved.v1',
        'source.reported.v1')
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;
