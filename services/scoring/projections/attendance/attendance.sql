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

-- name: person_attendance(employee, first, last)
-- The person's present days.
SELECT day, unit, <<attendance.columns>> FROM attendance_day
WHERE employee = :employee AND day BETWEEN :first AND :last;

-- name: sum_attendance(partition)!
-- Present days of a partition's people, added to the unit-days that services may have begun.
INSERT INTO unit_day (unit, day, partition, present, <<attendance.columns>>)
SELECT unit, day, partition, count(*), <<attendance.sums>>
FROM attendance_day WHERE partition = :partition::smallint GROUP BY unit, day, partition
ON CONFLICT (unit, day, partition) DO UPDATE SET present = excluded.present, <<attendance.replaced>>;

-- name: live_attendance(partition)
-- Live punches, recordings and leaves of a partition, in order of employee.
SELECT j.subject, j.payload, j.type FROM journal j
WHERE j.partition = :partition::smallint AND NOT j.duplicate AND j.fault IS NULL
    AND j.type IN ('attendance.punched.v0', 'attendance.punched.v1', 'attendance.day_recorded.v1',
        'attendance.leave_granted.v1')
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;

-- name: leaves(partition, subjects)
-- Live leaves of these people, whose facts are in the partition.
SELECT j.subject, j.day AS first, j.last_day AS last FROM journal j
WHERE j.partition = :partition::smallint AND j.subject = ANY(:subjects::text::text[]) AND j.last_day IS NOT NULL AND NOT j.duplicate
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity
        AND v.void_type = j.type AND v.subject = j.subject AND NOT v.duplicate);
