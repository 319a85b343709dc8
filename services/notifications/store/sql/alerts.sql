-- name: hold_alerts(ids)
-- Read alerts and keep them still until the end of the transaction.
SELECT * FROM told_alert WHERE id = ANY(:ids::text[]) ORDER BY id FOR UPDATE;

-- name: put_alert(id, unit, indicator, start, state, raised_on, ended_on, since, n, failures, value, baseline, chance_years, told)!
-- Write what detection says of an alert; who acknowledged it stays.
INSERT INTO alert (id, unit, indicator, start, state, raised_on, ended_on, since, n, failures, value, baseline,
                   chance_years, told)
VALUES (:id, :unit, :indicator, :start, :state, :raised_on, :ended_on, :since, :n, :failures, :value, :baseline,
        :chance_years, :told)
ON CONFLICT (id) DO UPDATE
SET state = excluded.state, raised_on = excluded.raised_on, ended_on = excluded.ended_on, since = excluded.since,
    n = excluded.n, failures = excluded.failures, value = excluded.value, baseline = excluded.baseline,
    told = excluded.told;

-- name: add_recipients(alert, employees, units, actings)!
-- Note whom an alert is told to; who was told before stays in place.
INSERT INTO recipient (alert, employee, unit, acting)
SELECT :alert, * FROM unnest(:employees::text[], :units::text[], :actings::boolean[])
ON CONFLICT (alert, employee) DO NOTHING;

-- name: add_event(alert, step, day, by, detail)!
-- Append a step to an alert's history.
INSERT INTO alert_event (alert, step, day, by, detail) VALUES (:alert, :step, :day, :by, :detail::jsonb);

-- name: untold()
-- Alerts that hold, were told, and had nobody to be told to.
SELECT * FROM told_alert a WHERE told = 'holds' AND NOT EXISTS (SELECT FROM recipient r WHERE r.alert = a.id)
ORDER BY id FOR UPDATE OF a;

-- name: units()
-- The units that alerts are about.
SELECT DISTINCT unit FROM alert;

-- name: page(state, unit, units, after, most)
-- A page of alerts, newest first; of these units, or of all.
SELECT * FROM told_alert
WHERE (:state::text IS NULL OR state = :state) AND (:unit::text IS NULL OR unit = :unit)
  AND (:units::text[] IS NULL OR unit = ANY(:units))
  AND (:after::bigint IS NULL OR number < :after)
ORDER BY number DESC LIMIT :most;

-- name: one(id)^
-- One alert.
SELECT * FROM told_alert WHERE id = :id;

-- name: hold_one(id)^
-- One alert, kept still until the end of the transaction.
SELECT * FROM told_alert WHERE id = :id FOR UPDATE;

-- name: events(ids)
-- The histories of alerts, oldest step first.
SELECT alert, step, day, at, by, detail FROM alert_event WHERE alert = ANY(:ids::text[]) ORDER BY number;

-- name: actions(ids)
-- The actions of alerts, oldest first.
SELECT alert, action, event, by, state, at FROM action WHERE alert = ANY(:ids::text[]) ORDER BY at, action;

-- name: acknowledge(id, state, by)!
-- Note who has seen an alert.
UPDATE alert SET state = :state, acknowledged_at = now(), acknowledged_by = :by WHERE id = :id;

-- name: set_state(id, state)!
-- Move an alert to a state.
UPDATE alert SET state = :state WHERE id = :id;

-- name: put_action(alert, action, event, by)^
-- Keep an action before it is sent; the one kept first stands.
INSERT INTO action (alert, action, event, by) VALUES (:alert, :action, :event::jsonb, :by)
ON CONFLICT (alert, action) DO UPDATE SET alert = excluded.alert
RETURNING alert, action, event, by, state, at;

-- name: action_left_behind()^
-- The oldest action that was kept half a minute ago or earlier and not sent.
SELECT alert, action, event, by, state, at FROM action
WHERE state = 'sending' AND at < now() - interval '30 seconds' ORDER BY at LIMIT 1;

-- name: drop_action(alert, action)!
-- Forget an action that ingest refused.
DELETE FROM action WHERE alert = :alert AND action = :action AND state = 'sending';

-- name: action_recorded(alert, action)$
-- Note that ingest has taken an action; answers nothing if that was noted before.
UPDATE action SET state = 'recorded' WHERE alert = :alert AND action = :action AND state = 'sending' RETURNING action;

-- name: unpublished(most)
-- Steps that are not on the topic yet, in order; kept from other publishers until the end of the transaction.
SELECT e.number, e.alert, e.step, e.day, e.at, e.by, e.detail, a.unit, a.indicator, a.start
FROM alert_event e JOIN alert a ON a.id = e.alert
WHERE e.published_at IS NULL ORDER BY e.number LIMIT :most FOR UPDATE OF e;

-- name: published(numbers)!
-- Note that the broker has these steps.
UPDATE alert_event SET published_at = now() WHERE number = ANY(:numbers::bigint[]);

-- name: lock_publishing()$
-- One publisher at a time keeps the steps in order; false if another one runs.
SELECT pg_try_advisory_xact_lock(7412);
