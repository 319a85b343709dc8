-- name: next_wake()
-- A met need to work off; other processes take other ones.
SELECT id, need, past FROM wake ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: waiting_for(need, past, most)
-- The next events that wait for the need.
SELECT identity, event, client, within FROM parked
WHERE waits_for = :need AND identity > :past
ORDER BY identity
LIMIT :most
FOR UPDATE;

-- name: unpark(identities)!
DELETE FROM parked WHERE identity = ANY (:identities::uuid[]);

-- name: resolve(identities, resolutions)!
-- Keep in the claims how the events were resolved, so that a retry goes the same way.
UPDATE claim SET resolved = placed.resolved
FROM unnest(:identities::uuid[], :resolutions::jsonb[]) AS placed (identity, resolved)
WHERE claim.identity = placed.identity;

-- name: wait_for(identities, needs)!
UPDATE parked SET waits_for = missing.need
FROM unnest(:identities::uuid[], :needs::text[]) AS missing (identity, need)
WHERE parked.identity = missing.identity;

-- name: advance_wake(past, id)!
UPDATE wake SET past = :past WHERE id = :id;

-- name: finish_wake(id)!
DELETE FROM wake WHERE id = :id;

-- name: owed(most)
-- Records whose sender is gone or that never had one; other processes take other ones.
SELECT id, topic, key, value FROM outbox WHERE due <= now() ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: withdraw(identities)!
-- Events that are not let onto the log after all: their identities are free again.
DELETE FROM claim WHERE identity = ANY (:identities::uuid[]);
