-- name: memberships(employees)
-- Spans of belonging of these people.
SELECT employee, unit, first, last FROM membership WHERE employee = ANY(:employees::text::text[]);

-- name: leaves(partition, subjects)
-- Live leaves of these people, whose facts are in the partition.
SELECT j.subject, j.day AS first, j.last_day AS last FROM journal j
WHERE j.partition = :partition::smallint AND j.subject = ANY(:subjects::text::text[]) AND j.last_day IS NOT NULL AND NOT j.duplicate
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity
        AND v.void_type = j.type AND v.subject = j.subject AND NOT v.duplicate);

-- name: attendance_facts(partitions, subjects, firsts, lasts)
-- Live punches and recordings of these people whose search day lies in the windows.
SELECT j.subject, j.payload
FROM unnest(:partitions::smallint[], :subjects::text[], :firsts::date[], :lasts::date[]) AS b (partition, subject, first, last)
JOIN journal j ON j.partition = b.partition AND j.subject = b.subject AND j.day BETWEEN b.first AND b.last AND NOT j.duplicate
    AND j.last_day IS NULL
    AND j.type IN ('attendance.punched.v0', 'attendance.punched.v1', 'attendance.day_recorded.v1')
WHERE NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
    AND v.subject = j.subject AND NOT v.duplicate);

-- name: attendance_days(employees, firsts, lasts)
-- The days kept for these people inside the windows.
SELECT employee, day, unit, <<attendance.columns>>
FROM unnest(:employees::text[], :firsts::date[], :lasts::date[]) AS b (employee, first, last)
JOIN attendance_day USING (employee) WHERE day BETWEEN first AND last;

-- name: put_attendance_days(employees, days, partitions, units, <<attendance.columns>>)!
-- Set days, each given once.
INSERT INTO attendance_day (employee, day, partition, unit, <<attendance.columns>>)
SELECT * FROM unnest(:employees::text[], :days::date[], :partitions::smallint[], :units::text[], <<attendance.arrays>>)
ON CONFLICT (employee, day) DO UPDATE SET unit = excluded.unit, <<attendance.replaced>>;

-- name: merge_attendance_days(employees, days, partitions, units, <<attendance.columns>>, most)
-- Merge days, each given once, with those kept (the least arrival decides: how, each column says for itself), add what
-- that changes to the sums of their units, and of those above them, and note these for kinerja.measures. Answers with the unit-days unless they are
-- more than :most, and in any case with those on which nothing is left.
WITH merged AS (
    INSERT INTO attendance_day AS a (employee, day, partition, unit, <<attendance.columns>>)
    SELECT * FROM unnest(:employees::text::text[], :days::date[], :partitions::text::smallint[], :units::text::text[],
        <<attendance.arrays_as_texts>>)
    ON CONFLICT (employee, day) DO UPDATE SET
        unit = excluded.unit,
        timed = GREATEST(a.timed, excluded.timed),
        on_time = GREATEST(a.on_time, excluded.on_time),
        late_minutes = CASE WHEN a.timed = 0 THEN excluded.late_minutes WHEN excluded.timed = 0 THEN a.late_minutes
            ELSE LEAST(a.late_minutes, excluded.late_minutes) END
    WHERE a.unit <> excluded.unit OR a.timed < excluded.timed OR a.on_time < excluded.on_time
        OR (excluded.timed = 1 AND excluded.late_minutes < a.late_minutes)
    RETURNING a.partition, a.day, new.unit, old.unit AS old_unit, <<attendance.returned>>),
differences AS (
    SELECT unit, day, partition, 1 AS present, <<attendance.columns>> FROM merged
    UNION ALL
    SELECT old_unit, day, partition, -1, <<attendance.taken_away>> FROM merged WHERE old_unit IS NOT NULL),
summed AS (
    SELECT unit, day, partition, sum(present) AS present, <<attendance.sums>>
    FROM differences GROUP BY unit, day, partition),
added AS (
    INSERT INTO unit_day AS kept (unit, day, partition, present, <<attendance.columns>>)
    SELECT * FROM summed WHERE NOT (present = 0 AND <<attendance.is_empty>>)
    ON CONFLICT (unit, day, partition) DO UPDATE SET present = kept.present + excluded.present, <<attendance.added>>
    RETURNING unit, day, partition, <<unit_day.is_empty>> AS is_empty),
above AS (
    INSERT INTO subtree_day AS kept (unit, day, partition, status, present, <<attendance.columns>>)
    SELECT * FROM (
        SELECT d.ancestor, s.day, s.partition, d.status, sum(s.present) AS present, <<attendance.sums>>
        FROM summed s JOIN descent d ON d.unit = s.unit AND s.day BETWEEN d.first AND d.last
        GROUP BY d.ancestor, s.day, s.partition, d.status) AS below
    WHERE NOT (present = 0 AND <<attendance.is_empty>>)
    ON CONFLICT (unit, day, partition, status) DO UPDATE SET present = kept.present + excluded.present, <<attendance.added>>),
noted AS (INSERT INTO measure_outbox (unit, day) SELECT DISTINCT unit, day FROM added),
counted AS (SELECT count(*) AS n FROM added)
SELECT unit, day, partition, is_empty FROM added WHERE is_empty OR (SELECT n FROM counted) <= :most::int;

-- name: drop_attendance_days(employees, days)!
-- Remove days without presence.
DELETE FROM attendance_day a USING unnest(:employees::text[], :days::date[]) AS b (employee, day)
WHERE a.employee = b.employee AND a.day = b.day;

-- name: expected_of(employees)
-- Spans in which these people are expected, as kept.
SELECT employee, unit, first, last FROM expected WHERE employee = ANY(:employees::text[]) ORDER BY employee, first;

-- name: drop_expected(employees, firsts)!
-- Remove spans of people, each named by its first day.
DELETE FROM expected e USING unnest(:employees::text[], :firsts::date[]) AS b (employee, first)
WHERE e.employee = b.employee AND e.first = b.first;

-- name: put_expected(employees, firsts, lasts, units, partitions)!
-- Write spans.
INSERT INTO expected (employee, first, last, unit, partition)
SELECT * FROM unnest(:employees::text[], :firsts::date[], :lasts::date[], :units::text[], :partitions::smallint[]);

-- name: add_staffing(units, days, partitions, changes, ever)!
-- Add head-count changes, each key given once, to their units and to those above them.
WITH batch AS MATERIALIZED (
    SELECT * FROM unnest(:units::text[], :days::date[], :partitions::smallint[], :changes::int[]) AS b (unit, day, partition, change)),
own AS (
    INSERT INTO staffing (unit, day, partition, change) SELECT * FROM batch
    ON CONFLICT (unit, day, partition) DO UPDATE SET change = staffing.change + excluded.change),
below AS (
    SELECT d.ancestor, GREATEST(b.day, d.first) AS day, d.last, b.partition, d.status, b.change
    FROM batch b JOIN descent d ON d.unit = b.unit AND b.day <= d.last)
INSERT INTO subtree_staffing AS kept (unit, day, partition, status, change)
SELECT ancestor, day, partition, status, sum(change) FROM (
    SELECT ancestor, day, partition, status, change FROM below
    UNION ALL
    SELECT ancestor, last + 1, partition, status, -change FROM below WHERE last < :ever::date) AS changes
GROUP BY ancestor, day, partition, status HAVING sum(change) <> 0
ON CONFLICT (unit, day, partition, status) DO UPDATE SET change = kept.change + excluded.change;

-- name: drop_zero_staffing(units, days, partitions)!
-- Remove head-count changes that cancelled out; of those above, none are ever left by another transaction.
WITH above AS (DELETE FROM subtree_staffing WHERE change = 0)
DELETE FROM staffing s USING unnest(:units::text[], :days::date[], :partitions::smallint[]) AS b (unit, day, partition)
WHERE s.unit = b.unit AND s.day = b.day AND s.partition = b.partition AND s.change = 0;

-- name: assignments(subjects)
-- Standing assignments of these people. OFFSET 0, here and below: look each up by its key, whatever the statistics say.
SELECT a.payload
FROM unnest(:subjects::text[]) AS b (subject)
CROSS JOIN LATERAL (SELECT j.payload FROM journal j
    WHERE j.partition = -1 AND j.subject = b.subject AND j.type = 'assignment.started.v1' AND NOT j.duplicate
        AND j.day IS NULL AND j.last_day IS NULL
        AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = -1 AND v.voids = j.identity AND v.void_type = j.type
            AND v.subject = j.subject AND NOT v.duplicate)
    OFFSET 0) AS a;

-- name: drop_membership(employees)!
-- Remove the spans of these people.
DELETE FROM membership WHERE employee = ANY(:employees::text[]);

-- name: put_membership(employees, firsts, lasts, units, partitions)!
-- Write spans.
INSERT INTO membership (employee, first, last, unit, partition)
SELECT * FROM unnest(:employees::text[], :firsts::date[], :lasts::date[], :units::text[], :partitions::smallint[]);

-- name: next_members(ids, size)
-- The next people, in order of stale work and employee, who belong to its unit on any of its days.
SELECT DISTINCT s.id, m.employee
FROM recompute_queue s
JOIN membership m ON m.unit = s.code AND m.partition = s.partition AND m.employee > s.after AND m.first <= s.last AND m.last >= s.first
WHERE s.id = ANY(:ids::bigint[])
ORDER BY s.id, m.employee LIMIT :size;

-- name: next_of_everyone(partition, first, last, after, size)
-- The next people of a partition, in order, who belong anywhere on any of the days.
SELECT DISTINCT employee FROM membership
WHERE partition = :partition::smallint AND employee > :after AND first <= :last AND last >= :first
ORDER BY employee LIMIT :size;

-- name: units_with_people()
-- Every unit that anybody ever belongs to; each is looked up after the one before, so their people are not read.
WITH RECURSIVE found AS (
    SELECT min(unit) AS unit FROM membership
    UNION ALL
    SELECT (SELECT min(m.unit) FROM membership m WHERE m.unit > found.unit) FROM found WHERE found.unit IS NOT NULL
)
SELECT unit FROM found WHERE unit IS NOT NULL;
