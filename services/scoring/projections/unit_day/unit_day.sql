-- name: unit_days(units, first, last)
-- Sums of units' own people and services per day, over all partitions; and, in rows that have a change instead, their
-- head-count changes per day, those before the first day summed on it.
SELECT unit, day, NULL::bigint AS change, <<unit_day.sums>>
FROM unit_day WHERE unit = ANY(:units::text[]) AND day BETWEEN :first AND :last
GROUP BY unit, day
UNION ALL
SELECT unit, GREATEST(day, :first::date), sum(change)::bigint, <<unit_day.nulls>>
FROM staffing WHERE unit = ANY(:units::text[]) AND day <= :last::date
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: unit_days_on(units, days)
-- The same sums of single unit-days, each given once.
SELECT unit, day, <<unit_day.sums>>
FROM unnest(:units::text[], :days::date[]) AS b (unit, day) JOIN unit_day USING (unit, day)
GROUP BY unit, day;

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

-- name: own_unit_days(unit, partition, first, last)
-- A unit's partial sums of services, answers and complaints in one partition.
SELECT day, <<unit_day.columns>>
FROM unit_day WHERE unit = :unit AND partition = :partition::smallint AND day BETWEEN :first AND :last;

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
