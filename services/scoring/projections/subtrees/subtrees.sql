-- name: queue_descents(codes, since)!
-- Note units under which, or by whose status, sums may have to move.
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT -1, 'descent', code, '1900-01-01', '2199-12-31', :since FROM unnest(:codes::text[]) AS code;

-- name: descents_wait()$
-- Whether any unit's sums are to be moved.
SELECT EXISTS (SELECT FROM recompute_queue WHERE kind = 'descent');

-- name: queued_descents(size)
-- The next of these units.
SELECT DISTINCT code FROM (SELECT code FROM recompute_queue WHERE kind = 'descent' ORDER BY id LIMIT :size) AS next;

-- name: finish_descents(codes)!
-- Take these units out of the queue.
DELETE FROM recompute_queue WHERE kind = 'descent' AND code = ANY(:codes::text[]);

-- name: descents_of(units)
-- Under whom these units' sums are kept.
SELECT unit, ancestor, first, last, status FROM descent WHERE unit = ANY(:units::text[]);

-- name: drop_descents(units, firsts, ancestors)!
-- Forget days of descent.
DELETE FROM descent d USING unnest(:units::text[], :firsts::date[], :ancestors::text[]) AS b (unit_of, first_of, ancestor_of)
WHERE d.unit = b.unit_of AND d.first = b.first_of AND d.ancestor = b.ancestor_of;

-- name: put_descents(units, ancestors, firsts, lasts, statuses)!
-- Note days of descent.
INSERT INTO descent (unit, ancestor, first, last, status)
SELECT * FROM unnest(:units::text[], :ancestors::text[], :firsts::date[], :lasts::date[], :statuses::smallint[]);

-- name: move_subtree_days(units, ancestors, firsts, lasts, statuses, signs)
-- Add units' own sums of spans of days to those of ancestors, or take them away; answers with where nothing is left.
WITH added AS (
    INSERT INTO subtree_day AS kept (unit, day, partition, status, <<unit_day.columns>>)
    SELECT * FROM (
        SELECT m.ancestor, u.day, u.partition, m.status, <<unit_day.signed>>
        FROM unnest(:units::text[], :ancestors::text[], :firsts::date[], :lasts::date[], :statuses::smallint[], :signs::int[])
            AS m (unit, ancestor, first, last, status, sign)
        JOIN unit_day u ON u.unit = m.unit AND u.day BETWEEN m.first AND m.last
        GROUP BY m.ancestor, u.day, u.partition, m.status) AS moved
    WHERE NOT (<<unit_day.is_empty>>)
    ON CONFLICT (unit, day, partition, status) DO UPDATE SET <<unit_day.added>>
    RETURNING unit, day, partition, status, <<unit_day.is_empty>> AS is_empty)
SELECT unit, day, partition, status FROM added WHERE is_empty;

-- name: drop_subtree_days(units, days, partitions, statuses)!
-- Remove rows on which nothing is left.
DELETE FROM subtree_day s
USING unnest(:units::text[], :days::date[], :partitions::smallint[], :statuses::smallint[]) AS b (unit_of, day_of, partition_of, status_of)
WHERE s.unit = b.unit_of AND s.day = b.day_of AND s.partition = b.partition_of AND s.status = b.status_of;

-- name: move_subtree_staffing(units, ancestors, firsts, lasts, statuses, signs, ever)!
-- The same for head-count changes: heads that a unit brings on the first day of a span leave after its last.
WITH moved AS (
    SELECT m.ancestor, GREATEST(s.day, m.first) AS day, m.last, s.partition, m.status, m.sign * s.change AS change
    FROM unnest(:units::text[], :ancestors::text[], :firsts::date[], :lasts::date[], :statuses::smallint[], :signs::int[])
        AS m (unit, ancestor, first, last, status, sign)
    JOIN staffing s ON s.unit = m.unit AND s.day <= m.last)
INSERT INTO subtree_staffing AS kept (unit, day, partition, status, change)
SELECT ancestor, day, partition, status, sum(change) FROM (
    SELECT ancestor, day, partition, status, change FROM moved
    UNION ALL
    SELECT ancestor, last + 1, partition, status, -change FROM moved WHERE last < :ever::date) AS changes
GROUP BY ancestor, day, partition, status HAVING sum(change) <> 0
ON CONFLICT (unit, day, partition, status) DO UPDATE SET change = kept.change + excluded.change;

-- name: drop_zero_subtree_staffing()!
-- Remove head-count changes that cancelled out in this transaction; none are ever left by another.
DELETE FROM subtree_staffing WHERE change = 0;

-- name: sum_subtree_days(partition)!
-- Everybody's sums below everybody, of an empty version.
INSERT INTO subtree_day (unit, day, partition, status, <<unit_day.columns>>)
SELECT d.ancestor, u.day, u.partition, d.status, <<unit_day.sums>>
FROM unit_day u JOIN descent d ON d.unit = u.unit AND u.day BETWEEN d.first AND d.last
WHERE u.partition = :partition::smallint GROUP BY d.ancestor, u.day, u.partition, d.status;

-- name: sum_subtree_staffing(partition, ever)!
-- The same for head-count changes.
WITH below AS (
    SELECT d.ancestor, GREATEST(s.day, d.first) AS day, d.last, s.partition, d.status, s.change
    FROM staffing s JOIN descent d ON d.unit = s.unit AND s.day <= d.last WHERE s.partition = :partition::smallint)
INSERT INTO subtree_staffing (unit, day, partition, status, change)
SELECT ancestor, day, partition, status, sum(change) FROM (
    SELECT ancestor, day, partition, status, change FROM below
    UNION ALL
    SELECT ancestor, last + 1, partition, status, -change FROM below WHERE last < :ever::date) AS changes
GROUP BY ancestor, day, partition, status HAVING sum(change) <> 0;

-- name: subtree_days(unit, first, last)
-- Sums of everybody below a unit per status and day, over all partitions; and head-count changes as in `unit_days`.
SELECT status, day, NULL::bigint AS change, <<unit_day.sums>>
FROM subtree_day WHERE unit = :unit AND day BETWEEN :first AND :last GROUP BY status, day
UNION ALL
SELECT status, GREATEST(day, :first::date), sum(change)::bigint, <<unit_day.nulls>>
FROM subtree_staffing WHERE unit = :unit AND day <= :last::date GROUP BY 1, 2 ORDER BY 1, 2;

-- name: moving_below(unit, size)
-- Units whose sums are to be moved, and whether they are kept below this one now; not more than some. Everybody's are before
-- what was kept earlier was noted to be summed.
SELECT q.code, EXISTS (SELECT FROM descent d WHERE d.unit = q.code AND d.ancestor = :unit) AS below
FROM (SELECT DISTINCT code FROM recompute_queue WHERE kind = 'descent' LIMIT :size) AS q
UNION ALL
SELECT '*', true WHERE NOT EXISTS (SELECT FROM migration WHERE name = '0013_sum_subtrees.after.sql');

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
