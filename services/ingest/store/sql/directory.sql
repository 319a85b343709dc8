-- name: parked(after, most)
-- One page of what waits, oldest first.
SELECT number, event, waits_for, parked_at FROM parked WHERE number > :after ORDER BY number LIMIT :most;

-- name: parked_or_discarded(number)
-- One event that waits, or waited until it was discarded.
SELECT number, event, waits_for, parked_at, NULL::timestamptz AS discarded_at, NULL::text AS client, NULL::text AS reason
FROM parked WHERE number = :number
UNION ALL
SELECT number, event, waits_for, parked_at, discarded_at, client, reason FROM discarded WHERE number = :number;

-- name: discard(number, client, reason)
-- Take an event out of the parking for good. A release at this moment is waited for, and then nothing is left to discard.
WITH gone AS (
    DELETE FROM parked WHERE number = :number RETURNING identity, number, event, waits_for, parked_at
)
INSERT INTO discarded (identity, number, event, waits_for, parked_at, client, reason)
SELECT identity, number, event, waits_for, parked_at, :client, :reason FROM gone
RETURNING number;

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
