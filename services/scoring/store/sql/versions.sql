-- name: begin_version()$
-- Create an empty version of the projections in scoring_fresh, at the live one's position.
SELECT begin_version();

-- name: begin_version_with_journal()$
-- The same with an empty journal of its own, at position 0.
SELECT begin_version_with_journal();

-- name: resume_previous()$
-- Take the previous version up again as a fresh one.
SELECT resume_previous();

-- name: drop_fresh()$
-- Give up the fresh version.
SELECT drop_version('scoring_fresh');

-- name: previous_exists()$
-- Whether a version was kept that can be taken up again.
SELECT to_regclass('scoring_previous.unit_day') IS NOT NULL;

-- name: previous_has_journal()$
-- Whether the kept version has a journal of its own.
SELECT to_regclass('scoring_previous.journal') IS NOT NULL;

-- name: note_kept_version()!
-- Remember what the version that is replaced now knows.
INSERT INTO scoring.kept_version AS k (migrations, refolded)
SELECT (SELECT count(*) FROM scoring.migration), COALESCE((SELECT max(number) FROM scoring.refolded), 0)
ON CONFLICT (only_row) DO UPDATE SET migrations = excluded.migrations, refolded = excluded.refolded;

-- name: changed_since_kept()^
-- Whether tables or records changed since the previous version was replaced; it would not know.
SELECT COALESCE((SELECT migrations FROM scoring.kept_version), -1) <> (SELECT count(*) FROM scoring.migration) AS migrated,
    COALESCE((SELECT refolded FROM scoring.kept_version), -1)
        <> COALESCE((SELECT max(number) FROM scoring.refolded), 0) AS refolded;

-- name: faults()
-- Records that the live fold set aside.
SELECT partition, record_offset, fault FROM scoring.journal WHERE fault IS NOT NULL;

-- name: watch_projections()
-- Count the rows of every projection and keep their sums from now on.
SELECT watch_projection(name) FROM unnest(projections()) AS name;

-- name: switch_versions()$
-- Make the fresh version the live one.
SELECT switch_versions();

-- name: lock_publisher()
-- Keep the publisher of measures out until the transaction ends.
SELECT pg_advisory_xact_lock(7402);

-- name: count_queued()$
-- How much stale work waits.
SELECT count(*) FROM recompute_queue;

-- name: checksums()
-- The sums as kept; a projection without rows in a partition has none.
SELECT partition, projection, n, total FROM checksum WHERE n <> 0 OR total <> 0 ORDER BY partition, projection;

-- name: counted_checksums()
-- The sums counted from the rows.
SELECT c.partition, name AS projection, c.n, c.total FROM unnest(projections()) AS name CROSS JOIN LATERAL count_rows(name) c
ORDER BY c.partition, name;

-- name: live_rows(partition, after, size)
-- Rows of the live journal, in order, for a version that catches up; duplicates have no payload.
SELECT record_offset, recorded_at, payload, duplicate, fault FROM scoring.journal
WHERE partition = :partition::smallint AND record_offset >= :after ORDER BY record_offset LIMIT :size;

-- name: live_offsets()
-- How far the live version is folded.
SELECT partition, next_offset, chain FROM scoring.consumer_offset ORDER BY partition;

-- name: replace_offset(partition, expected, position)$
-- Move this version's position; null when it was not where expected.
UPDATE consumer_offset SET next_offset = :position WHERE partition = :partition::smallint AND next_offset = :expected RETURNING partition;

-- name: expect_members(partition, on_leave)!
-- Expect people without leave wherever they belong.
INSERT INTO expected (employee, first, last, unit, partition)
SELECT m.employee, m.first, m.last, m.unit, m.partition FROM membership m
WHERE m.partition = :partition::smallint AND NOT (m.employee = ANY(:on_leave::text[]));

-- name: sum_staffing(partition)!
-- Head-count changes from the spans in which people are expected.
INSERT INTO staffing (unit, day, partition, change)
SELECT unit, day, :partition::smallint, sum(change) FROM (
    SELECT unit, first AS day, 1 AS change FROM expected WHERE partition = :partition::smallint
    UNION ALL
    SELECT unit, last + 1, -1 FROM expected WHERE partition = :partition::smallint) AS changes
GROUP BY unit, day HAVING sum(change) <> 0;

-- name: sum_attendance(partition)!
-- Present days of a partition's people, added to the unit-days that services may have begun.
INSERT INTO unit_day (unit, day, partition, present, <<attendance.columns>>)
SELECT unit, day, partition, count(*), <<attendance.sums>>
FROM attendance_day WHERE partition = :partition::smallint GROUP BY unit, day, partition
ON CONFLICT (unit, day, partition) DO UPDATE SET present = excluded.present, <<attendance.replaced>>;

-- name: live_assignments()
-- Standing assignments of everybody, in order of employee.
SELECT j.subject, j.payload FROM journal j
WHERE j.partition = -1 AND j.type = 'assignment.started.v1' AND NOT j.duplicate AND j.fault IS NULL
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = -1 AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;

-- name: live_attendance(partition)
-- Live punches, recordings and leaves of a partition, in order of employee.
SELECT j.subject, j.payload, j.type FROM journal j
WHERE j.partition = :partition::smallint AND NOT j.duplicate AND j.fault IS NULL
    AND j.type IN ('attendance.punched.v0', 'attendance.punched.v1', 'attendance.day_recorded.v1',
        'attendance.leave_granted.v1')
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;

-- name: live_services(partition)
-- Live services, answers, complaints and heartbeats of a partition, in order of unit or source.
SELECT j.subject, j.payload, j.type FROM journal j
WHERE j.partition = :partition::smallint AND NOT j.duplicate AND j.fault IS NULL
    AND j.type IN ('service.completed.v1', 'survey.answered.v1', 'complaint.received.v1', 'complaint.resolved.v1',
        'source.reported.v1')
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = :partition::smallint AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;

-- name: differing_rows(projection, size)
-- Rows of a projection that only the live or only the fresh version has.
SELECT version, content FROM differing_rows(:projection, :size::int);

-- name: some_people(size)
-- People to look at more closely, with their partition.
SELECT employee, partition FROM (SELECT DISTINCT employee, partition FROM membership) AS people ORDER BY random() LIMIT :size::int;

-- name: some_units(size)
-- Units to look at more closely.
SELECT unit FROM (SELECT DISTINCT unit FROM unit_day) AS units ORDER BY random() LIMIT :size::int;

-- name: unlike_their_people(units, partitions)
-- Of these units, each with the partition of its services, those whose attendance is not what their people's days add up
-- to, or that have services elsewhere.
WITH own AS MATERIALIZED (SELECT * FROM unnest(:units::text[], :partitions::smallint[]) AS b (unit, partition)),
people AS (SELECT DISTINCT m.unit, m.employee FROM own JOIN membership m ON m.unit = own.unit),
days AS (
    SELECT a.unit, a.day, a.partition, count(*) AS present, <<attendance.sums>>
    FROM people p JOIN attendance_day a ON a.employee = p.employee AND a.unit = p.unit GROUP BY a.unit, a.day, a.partition)
SELECT DISTINCT unit
FROM (SELECT u.* FROM own JOIN unit_day u ON u.unit = own.unit) u FULL JOIN days d USING (unit, day, partition) JOIN own USING (unit)
WHERE (COALESCE(u.present, 0), <<attendance.of_unit>>) <> (COALESCE(d.present, 0), <<attendance.of_people>>)
    OR (own.partition <> u.partition AND NOT (<<contributed.is_empty>>));

-- name: unlike_those_below(units, most)
-- Of the units above these, but for the largest, those whose sums are not what the units below them add up to: on the last
-- day of these units' figures, and the heads up to then.
WITH asked AS MATERIALIZED (SELECT max(day) AS day FROM unit_day WHERE unit = ANY(:units::text[])),
above AS MATERIALIZED (SELECT DISTINCT ancestor FROM descent WHERE unit = ANY(:units::text[])),
below AS MATERIALIZED (
    SELECT d.*, asked.day FROM descent d JOIN above USING (ancestor) CROSS JOIN asked
    WHERE (SELECT count(*) FROM descent c WHERE c.ancestor = d.ancestor) <= :most),
inner_units AS (SELECT DISTINCT ancestor AS unit, day FROM below),
days AS (
    SELECT b.ancestor AS unit, u.partition, b.status, <<unit_day.sums>>
    FROM below b JOIN unit_day u ON u.unit = b.unit AND u.day = b.day AND b.day BETWEEN b.first AND b.last GROUP BY 1, 2, 3),
kept_days AS (
    SELECT s.unit, s.partition, s.status, <<unit_day.columns>> FROM inner_units i JOIN subtree_day s ON s.unit = i.unit AND s.day = i.day),
heads AS (
    SELECT b.ancestor AS unit, s.partition, b.status, sum(s.change) AS heads
    FROM below b JOIN staffing s ON s.unit = b.unit AND s.day <= b.day AND b.day BETWEEN b.first AND b.last GROUP BY 1, 2, 3),
kept_heads AS (
    SELECT s.unit, s.partition, s.status, sum(s.change) AS heads
    FROM inner_units i JOIN subtree_staffing s ON s.unit = i.unit AND s.day <= i.day GROUP BY 1, 2, 3)
(SELECT unit, 'subtree_day' AS projection FROM ((TABLE days EXCEPT TABLE kept_days) UNION ALL (TABLE kept_days EXCEPT TABLE days)) d)
UNION
(SELECT unit, 'subtree_staffing' FROM (
    (SELECT * FROM heads WHERE heads <> 0 EXCEPT SELECT * FROM kept_heads WHERE heads <> 0)
    UNION ALL
    (SELECT * FROM kept_heads WHERE heads <> 0 EXCEPT SELECT * FROM heads WHERE heads <> 0)) h);
