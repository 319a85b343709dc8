-- name: parked(after, most)
-- One page of what waits, oldest first.
SELECT number, event, waits_for, parked_at FROM parked WHERE number > :after ORDER BY number LIMIT :most;

-- name: names(ids)
-- The names in force today; of people whose registrations all lie ahead the earliest to come.
SELECT wanted.id, named.name
FROM unnest(:ids::text[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT registration.name
    FROM registration
    CROSS JOIN LATERAL (SELECT effective_from <= (now() AT TIME ZONE 'Asia/Jakarta')::date AS begun) AS state
    WHERE employee = wanted.id COLLATE "C"
    ORDER BY begun DESC, CASE WHEN begun THEN effective_from END DESC, effective_from, time DESC, source DESC,
        registration.id DESC
    LIMIT 1
) AS named;
