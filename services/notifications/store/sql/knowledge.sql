-- name: take_unit_days(days, units, revisions, closings, measures)
-- Take in unit-days; of one unit-day the greatest revision stands. Answers those that changed, and whether that can
-- matter to a stream: closed days, and days that are closed no longer. Rows sorted by (day, unit), each once.
INSERT INTO unit_day (day, unit, revision, closed, measures)
SELECT * FROM unnest(:days::date[], :units::text[], :revisions::bigint[], :closings::boolean[], :measures::jsonb[])
ON CONFLICT (day, unit) DO UPDATE
SET revision = excluded.revision, closed = excluded.closed, measures = excluded.measures
WHERE excluded.revision > unit_day.revision
RETURNING new.day, new.unit, (new.closed OR coalesce(old.closed, false)) AS matters;

-- name: take_unit_versions(units, since, names, kinds, parents, times, sources, ids)
-- Take in unit registrations, each key once; of one key the greatest (time, source, id) stands. Answers what changed.
INSERT INTO unit_version (unit, effective_from, name, kind, parent, time, source, id)
SELECT * FROM unnest(:units::text[], :since::date[], :names::text[], :kinds::text[], :parents::text[],
                     :times::timestamptz[], :sources::text[], :ids::text[])
ON CONFLICT (unit, effective_from) DO UPDATE
SET name = excluded.name, kind = excluded.kind, parent = excluded.parent,
    time = excluded.time, source = excluded.source, id = excluded.id
WHERE (excluded.time, excluded.source, excluded.id) > (unit_version.time, unit_version.source, unit_version.id)
RETURNING new.unit, new.effective_from;

-- name: units_around(units)
-- All versions of these units, of the units ever below them and of all units ever above any of those.
WITH RECURSIVE below AS (
    SELECT unnest(:units::text[]) COLLATE "C" AS unit
    UNION
    SELECT v.unit FROM below b JOIN unit_version v ON v.parent COLLATE "C" = b.unit
), around AS (
    SELECT unit FROM below
    UNION
    SELECT v.parent COLLATE "C" FROM around a JOIN unit_version v ON v.unit = a.unit WHERE v.parent IS NOT NULL
)
SELECT v.unit, v.effective_from, v.name, v.kind, v.parent FROM around a JOIN unit_version v ON v.unit = a.unit;

-- name: days_with_figures(units, since, last)
-- The days of units' own figures, from a day on for each, and up to the last.
SELECT d.unit, d.day FROM unnest(:units::text[], :since::date[]) AS b (unit, since)
CROSS JOIN LATERAL (SELECT u.unit, u.day FROM unit_day u
    WHERE u.unit = b.unit AND u.day >= b.since AND u.day <= :last::date OFFSET 0) AS d;

-- name: take_headships(sources, ids, employees, units, bases, since, until, times)!
-- Take in assignments that lead a unit; the same one again changes nothing.
INSERT INTO headship (source, id, employee, unit, basis, effective_from, effective_to, time)
SELECT * FROM unnest(:sources::text[], :ids::text[], :employees::text[], :units::text[], :bases::text[],
                     :since::date[], :until::date[], :times::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: take_headship_voids(sources, ids, employees)!
-- Take in voids of assignments, before or after the assignment itself.
INSERT INTO headship_void (source, id, employee)
SELECT * FROM unnest(:sources::text[], :ids::text[], :employees::text[])
ON CONFLICT DO NOTHING;

-- name: mark(units, days, alone)!
-- Ask detection to look at these unit-days; no unit: every unit from that day on; no day either: the heads.
INSERT INTO mark (unit, day, alone) SELECT * FROM unnest(:units::text[], :days::date[], :alone::boolean[]);

-- name: waiting()^
-- How many marks wait, and the age of the newest and the oldest in seconds, by the database's clock.
SELECT count(*) AS marks,
    extract(epoch FROM clock_timestamp() - max(made_at))::float8 AS newest_s,
    extract(epoch FROM clock_timestamp() - min(made_at))::float8 AS oldest_s
FROM mark;

-- name: unit_versions()
-- The whole tree.
SELECT unit, effective_from, name, kind, parent FROM unit_version;

-- name: unit_versions_of(units)
-- The versions of some units.
SELECT unit, effective_from, name, kind, parent FROM unit_version WHERE unit = ANY(:units::text[]);

-- name: headships()
-- The assignments that lead a unit and are not voided.
SELECT h.employee, h.unit, h.basis, h.effective_from, h.effective_to, h.time, h.source, h.id
FROM headship h
WHERE NOT EXISTS (SELECT FROM headship_void v
                  WHERE v.source = h.source AND v.id = h.id AND v.employee = h.employee);

-- name: unit_days(days)
-- All units' own days on these dates.
SELECT unit, day, closed, measures FROM unit_day WHERE day = ANY(:days::date[]);

-- name: unit_days_of(units, days)
-- Some units' own days on these dates.
SELECT d.unit, d.day, d.closed, d.measures FROM unnest(:units::text[]) AS b (unit)
CROSS JOIN LATERAL (SELECT u.* FROM unit_day u WHERE u.unit = b.unit AND u.day = ANY(:days::date[]) OFFSET 0) AS d;

-- name: unit_days_from(first)
-- All units' own days from a date on.
SELECT unit, day, closed, measures FROM unit_day WHERE day >= :first;
