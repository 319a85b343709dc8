-- Whom an alert was told to, in the order in which they were found; more than one from here on.
CREATE TABLE recipient (
    alert text NOT NULL,
    employee text NOT NULL,
    unit text COLLATE "C" NOT NULL,
    acting boolean NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT recipient_pk PRIMARY KEY (alert, employee),
    CONSTRAINT recipient_alert FOREIGN KEY (alert) REFERENCES alert (id)
);
INSERT INTO recipient (alert, employee, unit, acting)
SELECT id, leader, coalesce(leader_unit, unit), leader_acting FROM alert WHERE leader IS NOT NULL ORDER BY number;
ALTER TABLE alert DROP COLUMN leader, DROP COLUMN leader_unit, DROP COLUMN leader_acting;

-- Alerts as they are read: locking a row of it locks the alert.
CREATE VIEW told_alert AS
SELECT a.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('employee', r.employee, 'unit', r.unit, 'acting', r.acting)
                              ORDER BY r.number), '[]')
    FROM recipient r WHERE r.alert = a.id
) AS recipients
FROM alert a;

-- A message that is being sent is claimed until `next_attempt_at`, by a process that is named so that it finds at its next
-- start what it left unfinished.
ALTER TABLE delivery ADD COLUMN claimed_by text;
