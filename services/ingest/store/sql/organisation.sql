-- name: directory_position()
-- How far the directory is folded, and how often something was taken in behind that.
SELECT next_offset, last_digest, refolded FROM directory_position;

-- name: fence_directory(following, digest, expected)
-- Move on; no row when it is folded up to somewhere else, so the caller must roll back.
UPDATE directory_position SET next_offset = :following, last_digest = :digest WHERE next_offset = :expected RETURNING 1;

-- name: note_refolded()!
UPDATE directory_position SET refolded = refolded + 1;

-- name: take_directory_events(identities, offsets, payloads)!
-- The same again changes nothing.
INSERT INTO directory_event (identity, record_offset, payload)
SELECT * FROM unnest(:identities::uuid[], :offsets::bigint[], :payloads::bytea[]) ON CONFLICT DO NOTHING;

-- name: take_assignments(identities, employees, units, supervisors, heads, since, until, payloads)!
INSERT INTO assignment (identity, employee, unit, supervisor, head, since, until, payload)
SELECT * FROM unnest(:identities::uuid[], :employees::text[], :units::text[], :supervisors::text[], :heads::boolean[],
    :since::date[], :until::date[], :payloads::bytea[]) ON CONFLICT DO NOTHING;

-- name: take_assignment_voids(identities, employees)!
INSERT INTO assignment_void (identity, employee)
SELECT * FROM unnest(:identities::uuid[], :employees::text[]) ON CONFLICT DO NOTHING;

-- name: set_directory_aside(offsets, for_later, reasons, milliseconds, payloads)!
INSERT INTO directory_set_aside (record_offset, for_later, reason, milliseconds, payload)
SELECT * FROM unnest(:offsets::bigint[], :for_later::boolean[], :reasons::text[], :milliseconds::bigint[],
    :payloads::bytea[]) ON CONFLICT DO NOTHING;

-- name: directory_set_aside(after, size)
-- What waits for a program that knows its type.
SELECT record_offset, milliseconds, payload FROM directory_set_aside
WHERE for_later AND record_offset > :after ORDER BY record_offset LIMIT :size FOR UPDATE SKIP LOCKED;

-- name: forget_set_aside(offsets)!
DELETE FROM directory_set_aside WHERE record_offset = ANY (:offsets::bigint[]);

-- name: directory_events(after, before, size)
-- The next events at offsets from `after` up to `before`.
SELECT record_offset, payload FROM directory_event
WHERE record_offset >= :after AND record_offset < :before ORDER BY record_offset LIMIT :size;

-- name: assignments_of(employees)
-- Every standing assignment of some people.
SELECT employee, payload FROM assignment a WHERE employee = ANY (:employees::text[])
    AND NOT EXISTS (SELECT FROM assignment_void v WHERE v.identity = a.identity AND v.employee = a.employee);

-- name: heads_of(units)
-- Every standing assignment that leads one of some units.
SELECT unit, payload FROM assignment a WHERE head AND unit = ANY (:units::text[])
    AND NOT EXISTS (SELECT FROM assignment_void v WHERE v.identity = a.identity AND v.employee = a.employee);

-- name: units_headed_by(employees, last, first)
-- Which units some people lead at some time of a span.
SELECT DISTINCT unit FROM assignment
WHERE head AND employee = ANY (:employees::text[]) AND since <= :last AND (until IS NULL OR until >= :first);

-- name: people_around(supervisors, units, last, first, after, size)
-- Everybody, in order, who at some time of a span is named to be under one of the supervisors, or is in one of the units.
SELECT DISTINCT employee FROM assignment
WHERE (supervisor = ANY (:supervisors::text[]) OR unit = ANY (:units::text[]))
    AND since <= :last AND (until IS NULL OR until >= :first) AND employee > :after COLLATE "C"
ORDER BY employee LIMIT :size;
