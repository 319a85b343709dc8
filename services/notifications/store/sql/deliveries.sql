-- name: occasions(alert, message)$
-- How often a message of this kind was made for an alert.
SELECT coalesce(max(occasion), 0) FROM delivery WHERE alert = :alert AND message = :message;

-- name: add_delivery(alert, message, occasion, recipient, message_id, content, state)!
-- Make a message for one recipient; the same one again changes nothing.
INSERT INTO delivery (alert, message, occasion, recipient, message_id, content, state)
VALUES (:alert, :message, :occasion, :recipient, :message_id, :content::jsonb, :state)
ON CONFLICT DO NOTHING;

-- name: drop_undeliverable(alert)!
-- Forget messages that had nobody to go to, once there is somebody.
DELETE FROM delivery WHERE alert = :alert AND state = 'no_leader';

-- name: release_claims(member)!
-- What an earlier run of a process was sending when it ended is due at once.
UPDATE delivery SET next_attempt_at = now(), claimed_by = NULL WHERE claimed_by = :member AND state = 'pending';

-- name: claim(member, claim_s)^
-- Take the message that is due longest, and keep it from other senders for so long.
WITH due AS (
    SELECT number FROM delivery WHERE state = 'pending' AND next_attempt_at <= now()
    ORDER BY next_attempt_at, number LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery d SET claimed_by = :member, next_attempt_at = now() + make_interval(secs => :claim_s::float8)
    FROM due WHERE d.number = due.number
    RETURNING d.*
)
SELECT d.number, d.message, d.message_id, d.content, d.attempts, d.alert, d.created_at, d.next_attempt_at AS until,
       p.email, p.muted
FROM claimed d LEFT JOIN preference p ON p.employee = d.recipient;

-- name: settle(number, until, state, problem, delay_s)$
-- Note how an attempt ended, and when to try again; answers nothing if the claim ran out and another sender took it.
UPDATE delivery
SET state = :state, problem = :problem, attempts = attempts + 1,
    next_attempt_at = now() + make_interval(secs => :delay_s::float8),
    sent_at = CASE WHEN :state = 'sent' THEN now() END, claimed_by = NULL
WHERE number = :number AND next_attempt_at = :until
RETURNING number;

-- name: page_of_deliveries(units, after, most)
-- A page of deliveries, newest first; about alerts of these units, or of all.
SELECT number, alert, message, recipient, message_id, state, attempts, next_attempt_at, problem, created_at, sent_at
FROM delivery
WHERE (:after::bigint IS NULL OR number < :after)
  AND (:units::text[] IS NULL OR alert IN (SELECT id FROM alert WHERE unit = ANY(:units)))
ORDER BY number DESC LIMIT :most;

-- name: preference(employee)^
-- How one leader wants to be reached.
SELECT email, language, muted FROM preference WHERE employee = :employee;

-- name: employees_with_preferences()
-- Whose preferences are known.
SELECT employee FROM preference;

-- name: preferences(employees, after, most)
-- A page of preferences, by employee; of these, or of all.
SELECT employee, email, language, muted FROM preference
WHERE (:after::text IS NULL OR employee > :after) AND (:employees::text[] IS NULL OR employee = ANY(:employees))
ORDER BY employee LIMIT :most;

-- name: put_preferences(employees, emails, languages, mutings)!
-- Set how leaders want to be reached.
INSERT INTO preference (employee, email, language, muted)
SELECT * FROM unnest(:employees::text[], :emails::text[], :languages::text[], :mutings::boolean[])
ON CONFLICT (employee) DO UPDATE
SET email = excluded.email, language = excluded.language, muted = excluded.muted, updated_at = now();

-- name: revive(employees)!
-- Messages of alerts that still hold and could not go out for want of an address go out now.
UPDATE delivery d SET state = 'pending', problem = NULL, next_attempt_at = now()
FROM alert a JOIN preference p ON true
WHERE d.alert = a.id AND p.employee = d.recipient AND d.state = 'no_address'
  AND p.email IS NOT NULL AND NOT p.muted AND a.ended_on IS NULL AND d.recipient = ANY(:employees::text[]);
