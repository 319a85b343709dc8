-- name: memberships(employees)
-- Spans of belonging of these people, each looked up by key: with `= ANY` a table that was never analyzed is read whole.
SELECT b.employee, m.unit, m.first, m.last FROM unnest(:employees::text::text[]) AS b (employee)
CROSS JOIN LATERAL (SELECT * FROM membership m WHERE m.employee = b.employee OFFSET 0) AS m;

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

-- name: units_with_people()
-- Every unit that anybody ever belongs to; each is looked up after the one before, so their people are not read.
WITH RECURSIVE found AS (
    SELECT min(unit) AS unit FROM membership
    UNION ALL
    SELECT (SELECT min(m.unit) FROM membership m WHERE m.unit > found.unit) FROM found WHERE found.unit IS NOT NULL
)
SELECT unit FROM found WHERE unit IS NOT NULL;

-- name: staffing_changes(units, first, last)
-- Head-count changes of units per day; those before the first day are summed on it.
SELECT unit, GREATEST(day, :first::date) AS day, sum(change)::bigint AS change
FROM staffing WHERE unit = ANY(:units::text[]) AND day <= :last::date
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: expectation(employee, first, last)
-- Spans in which the person is expected.
SELECT unit, first, last FROM expected WHERE employee = :employee AND first <= :last AND last >= :first;

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

-- name: live_assignments()
-- Standing assignments of everybody, in order of employee.
SELECT j.subject, j.payload FROM journal j
WHERE j.partition = -1 AND j.type = 'assignment.started.v1' AND NOT j.duplicate AND j.fault IS NULL
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = -1 AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate)
ORDER BY j.subject;
