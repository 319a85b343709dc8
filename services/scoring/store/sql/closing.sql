-- name: first_started()$
-- The date of the installation's first start; null before it is noted.
SELECT first_started FROM installation;

-- name: begin_installation(today)$
-- Note the first start, unless somebody just did; answers with what stands.
INSERT INTO installation (first_started) VALUES (:today::date)
ON CONFLICT (only_row) DO UPDATE SET first_started = installation.first_started RETURNING first_started;

-- name: closings(identities, type, subject)
-- Those of the events that are in the directory's journal and close a day for everyone, voided ones too.
SELECT payload FROM journal
WHERE partition = -1 AND identity = ANY(:identities::uuid[]) AND NOT duplicate AND type = :type AND subject = :subject;
