-- name: add_unit_days(units, days, partitions, present, timed, on_time, late_minutes, service_n, service_total, survey_n, survey_total, complaint_n, complaint_total, overdue)
-- Add differences, each key given once; answers with the keys on which nothing is left.
WITH added AS (
INSERT INTO unit_day (unit, day, partition, present, timed, on_time, late_minutes, service_n, service_total, survey_n,
    survey_total, complaint_n, complaint_total, overdue)
SELECT * FROM unnest(:units::text[], :days::date[], :partitions::smallint[], :present::int[], :timed::int[], :on_time::int[],
    :late_minutes::bigint[], :service_n::int[], :service_total::int[], :survey_n::int[], :survey_total::int[],
    :complaint_n::int[], :complaint_total::int[], :overdue::int[])
ON CONFLICT (unit, day, partition) DO UPDATE SET
    present = unit_day.present + excluded.present,
    timed = unit_day.timed + excluded.timed,
    on_time = unit_day.on_time + excluded.on_time,
    late_minutes = unit_day.late_minutes + excluded.late_minutes,
    service_n = unit_day.service_n + excluded.service_n,
    service_total = unit_day.service_total + excluded.service_total,
    survey_n = unit_day.survey_n + excluded.survey_n,
    survey_total = unit_day.survey_total + excluded.survey_total,
    complaint_n = unit_day.complaint_n + excluded.complaint_n,
    complaint_total = unit_day.complaint_total + excluded.complaint_total,
    overdue = unit_day.overdue + excluded.overdue
RETURNING unit, day, partition, present = 0 AND service_n = 0 AND survey_n = 0 AND complaint_n = 0 AND overdue = 0 AS is_empty)
SELECT unit, day, partition FROM added WHERE is_empty;

-- name: drop_empty_unit_days(units, days, partitions)!
-- Remove unit-days on which nothing is left.
DELETE FROM unit_day u USING unnest(:units::text[], :days::date[], :partitions::smallint[]) AS b (unit, day, partition)
WHERE u.unit = b.unit AND u.day = b.day AND u.partition = b.partition AND u.present = 0 AND u.service_n = 0 AND u.survey_n = 0
    AND u.complaint_n = 0 AND u.overdue = 0;

-- name: add_person_services(employees, days, units, partitions, service_n, service_total, survey_n, survey_total)!
-- Add differences, each key given once.
INSERT INTO person_service (employee, day, unit, partition, service_n, service_total, survey_n, survey_total)
SELECT * FROM unnest(:employees::text[], :days::date[], :units::text[], :partitions::smallint[], :service_n::int[],
    :service_total::int[], :survey_n::int[], :survey_total::int[])
ON CONFLICT (employee, day, unit) DO UPDATE SET
    service_n = person_service.service_n + excluded.service_n,
    service_total = person_service.service_total + excluded.service_total,
    survey_n = person_service.survey_n + excluded.survey_n,
    survey_total = person_service.survey_total + excluded.survey_total;

-- name: drop_empty_person_services(employees, days, units)!
-- Remove days on which nothing is left.
DELETE FROM person_service p USING unnest(:employees::text[], :days::date[], :units::text[]) AS b (employee, day, unit)
WHERE p.employee = b.employee AND p.day = b.day AND p.unit = b.unit AND p.service_n = 0 AND p.survey_n = 0;

-- name: complaint_events(partitions, subjects, keys)
-- Every event of these complaints, with the offset of its first void, if any.
SELECT j.partition, j.record_offset, j.payload, min(v.record_offset) AS voided_offset
FROM unnest(:partitions::smallint[], :subjects::text[], :keys::text[]) AS b (partition, subject, key)
JOIN journal j ON j.partition = b.partition AND j.subject = b.subject AND j.key = b.key AND NOT j.duplicate
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

-- name: own_unit_days(unit, partition, first, last)
-- A unit's partial sums of services, answers and complaints in one partition.
SELECT day, service_n, service_total, survey_n, survey_total, complaint_n, complaint_total, overdue
FROM unit_day WHERE unit = :unit AND partition = :partition::smallint AND day BETWEEN :first AND :last;

-- name: own_person_services(unit, first, last)
-- What people are credited with at a unit.
SELECT employee, day, service_n, service_total, survey_n, survey_total
FROM person_service WHERE unit = :unit AND day BETWEEN :first AND :last;

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
