-- name: lock_detection()$
-- One detection at a time, over all processes; false if another one runs.
SELECT pg_try_advisory_xact_lock(7411);

-- name: take_marks(most)
-- Take the marks with the earliest days.
DELETE FROM mark WHERE number IN (SELECT number FROM mark ORDER BY day NULLS FIRST, number LIMIT :most)
RETURNING unit, day, alone;

-- name: put_stream_days(units, indicators, days, kinds, ns, failures, opens)!
-- Write closed days of units' trees.
INSERT INTO stream_day (unit, indicator, day, kind, n, failures, open)
SELECT * FROM unnest(:units::text[], :indicators::text[], :days::date[], :kinds::text[],
                     :ns::bigint[], :failures::bigint[], :opens::boolean[])
ON CONFLICT (unit, indicator, day) DO UPDATE
SET kind = excluded.kind, n = excluded.n, failures = excluded.failures, open = excluded.open;

-- name: drop_stream_days(units, days)!
-- Remove days that are closed no longer.
DELETE FROM stream_day s USING unnest(:units::text[], :days::date[]) AS gone (unit, day)
WHERE s.unit = gone.unit AND s.day = gone.day;

-- name: stream_day_keys_from(first)
-- The days of trees that are written from a date on.
SELECT DISTINCT unit, day FROM stream_day WHERE day >= :first;

-- name: stream_days(unit, first)
-- A unit's closed days from a date on, in order.
SELECT indicator, day, kind, n, failures, open FROM stream_day
WHERE unit = :unit AND day >= :first ORDER BY day;

-- name: tally_between(unit, indicator, first, last)^
-- Tries and failures of a stream over a span, both days included.
SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(sum(failures), 0)::bigint AS failures FROM stream_day
WHERE unit = :unit AND indicator = :indicator AND day BETWEEN :first AND :last;

-- name: level(indicator, kind, quarter)$
-- The level of a pool in a quarter, if it is fixed.
SELECT level_ppm FROM pool_level WHERE indicator = :indicator AND kind = :kind AND quarter = :quarter;

-- name: pool_span(indicator, kind)^
-- First and last day with tries of a pool; no kind: of all kinds.
SELECT min(day) AS first, max(day) AS last FROM stream_day
WHERE indicator = :indicator AND (:kind::text IS NULL OR kind = :kind) AND n > 0;

-- name: pooled(indicator, kind, before)^
-- Members, tries and failures of a pool before a day; no kind: of all kinds.
SELECT count(DISTINCT unit) AS units, coalesce(sum(n), 0)::bigint AS n, coalesce(sum(failures), 0)::bigint AS failures
FROM stream_day
WHERE indicator = :indicator AND (:kind::text IS NULL OR kind = :kind) AND day < :before AND n > 0;

-- name: fix_level(indicator, kind, quarter, level_ppm, n, failures, units)!
-- Fix the level of a pool for a quarter.
INSERT INTO pool_level (indicator, kind, quarter, level_ppm, n, failures, units)
VALUES (:indicator, :kind, :quarter, :level_ppm, :n, :failures, :units);

-- name: streams(units)
-- The streams of these units.
SELECT unit, indicator, state, account FROM stream WHERE unit = ANY(:units::text[]);

-- name: put_streams(units, indicators, states, accounts)!
-- Write streams.
INSERT INTO stream (unit, indicator, state, account)
SELECT * FROM unnest(:units::text[], :indicators::text[], :states::jsonb[], :accounts::jsonb[])
ON CONFLICT (unit, indicator) DO UPDATE SET state = excluded.state, account = excluded.account;
