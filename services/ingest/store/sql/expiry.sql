-- name: old_parked(days, most)
-- Events that have waited too long, oldest first. Other processes take other ones.
SELECT identity, event, client, waits_for FROM parked
WHERE parked_at < now() - make_interval(days => :days)
ORDER BY parked_at
LIMIT :most
FOR UPDATE SKIP LOCKED;

-- name: old_letters(days, most)
-- Dead letters kept long enough, replayed or not.
SELECT id, client FROM dead_letter
WHERE received_at < now() - make_interval(days => :days)
ORDER BY received_at
LIMIT :most;

-- name: forget_letters(ids)!
DELETE FROM dead_letter WHERE id = ANY (:ids::bigint[]);

-- name: forget_counts()!
-- What was counted on days that are over.
DELETE FROM claimed WHERE day < (now() AT TIME ZONE 'Asia/Jakarta')::date - 1;

-- name: expire_claims(days, most)!
-- Remove old claims, a few at a time. A claim whose event is still parked stays.
DELETE FROM claim WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM claim
    WHERE claimed_at < now() - make_interval(days => :days) AND resolved IS NOT NULL
    LIMIT :most
));
