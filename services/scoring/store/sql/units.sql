-- name: add_unit_days(units, days, partitions, <<unit_day.columns>>)
-- Add differences, each key given once, to their units and to those above; answers with the keys on which nothing is left.
WITH batch AS MATERIALIZED (
    SELECT * FROM unnest(:units::text[], :days::date[], :partitions::smallint[], <<unit_day.arrays>>)
        AS b (unit, day, partition, <<unit_day.columns>>)),
above AS (
    INSERT INTO subtree_day AS kept (unit, day, partition, status, <<unit_day.columns>>)
    SELECT * FROM (
        SELECT d.ancestor, b.day, b.partition, d.status, <<unit_day.sums>>
        FROM batch b JOIN descent d ON d.unit = b.unit AND b.day BETWEEN d.first AND d.last
        GROUP BY d.ancestor, b.day, b.partition, d.status) AS below
    WHERE NOT (<<unit_day.is_empty>>)
    ON CONFLICT (unit, day, partition, status) DO UPDATE SET <<unit_day.added>>),
added AS (
    INSERT INTO unit_day AS kept (unit, day, partition, <<unit_day.columns>>) SELECT * FROM batch
    ON CONFLICT (unit, day, partition) DO UPDATE SET <<unit_day.added>>
    RETURNING unit, day, partition, <<unit_day.is_empty>> AS is_empty)
SELECT unit, day, partition FROM added WHERE is_empty;

-- name: drop_empty_unit_days(units, days, partitions)!
-- Remove unit-days on which nothing is left. Sums are never negative: one above can only be empty if the last below became so.
WITH dropped AS (
    DELETE FROM unit_day u
    USING unnest(:units::text[], :days::date[], :partitions::smallint[]) AS b (unit_of, day_of, partition_of)
    WHERE u.unit = b.unit_of AND u.day = b.day_of AND u.partition = b.partition_of AND <<unit_day.is_empty>>
    RETURNING unit, day, partition),
above AS (
    SELECT DISTINCT e.ancestor AS unit_of, d.day AS day_of, d.partition AS partition_of
    FROM dropped d JOIN descent e ON e.unit = d.unit AND d.day BETWEEN e.first AND e.last)
DELETE FROM subtree_day s USING above b
WHERE s.unit = b.unit_of AND s.day = b.day_of AND s.partition = b.partition_of AND <<unit_day.is_empty>>;

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
SELECT day, <<unit_day.columns>>
FROM unit_day WHERE unit = :unit AND partition = :partition::smallint AND day BETWEEN :first AND :last;

-- name: own_person_services(unit, first, last)
-- What people are credited with at a unit.
SELECT employee, day, <<credited.columns>>
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
