-- name: lock_for_facts()
-- First statement of a transaction that registers nobody: many run at once, but none beside a registration, so that no
-- event can park while the registration it waits for commits elsewhere.
SELECT pg_advisory_xact_lock_shared(hashtext('kinerja.ingest.directory'));

-- name: lock_for_registrations()
-- First statement of a transaction that registers somebody: it runs alone among all intake transactions.
SELECT pg_advisory_xact_lock(hashtext('kinerja.ingest.directory'));

-- name: claim(identities, contents, resolutions, clients, slots)
-- Take identities, sorted so that two transactions never wait for each other in a circle, and count the new ones of each
-- client. Returns the places (from 1) of those that were already taken.
WITH given AS MATERIALIZED (
    SELECT place, identity, content, resolved, client
    FROM unnest(:identities::uuid[], :contents::bytea[], :resolutions::jsonb[], :clients::text[])
        WITH ORDINALITY AS item (identity, content, resolved, client, place)
), fresh AS (
    INSERT INTO claim (identity, content, resolved)
    SELECT identity, content, resolved FROM given
    ON CONFLICT ON CONSTRAINT claim_pk DO NOTHING
    RETURNING identity
), counted AS (
    INSERT INTO claimed (client, day, slot, identities)
    SELECT client, (now() AT TIME ZONE 'Asia/Jakarta')::date, pg_backend_pid() % :slots::integer, count(*)
    FROM given JOIN fresh USING (identity)
    GROUP BY client
    ORDER BY client
    ON CONFLICT ON CONSTRAINT claimed_pk DO UPDATE SET identities = claimed.identities + excluded.identities
)
SELECT place FROM given WHERE NOT EXISTS (SELECT FROM fresh WHERE fresh.identity = given.identity);

-- name: claimed(clients)
-- How many new identities each client has had today.
SELECT client, sum(identities)::bigint AS identities FROM claimed
WHERE day = (now() AT TIME ZONE 'Asia/Jakarta')::date AND client = ANY (:clients::text[])
GROUP BY client;

-- name: claims(identities)
-- Read back identities that were already taken, and why the event of one was discarded.
SELECT claim.identity, content, resolved, discarded.reason AS discarded
FROM claim LEFT JOIN discarded ON resolved IS NULL AND discarded.identity = claim.identity
WHERE claim.identity = ANY (:identities::uuid[]);

-- name: known(subjects)
-- Which of the subjects are registered.
SELECT subject FROM known WHERE subject = ANY (:subjects::text[]);

-- name: holdings(aliases, days)
-- Of each alias the greatest registration in force on its day; no other one can decide on that day.
SELECT wanted.alias, held.employee, held.effective_from, held.time, held.source, held.id
FROM unnest(:aliases::text[], :days::date[]) AS wanted (alias, day)
CROSS JOIN LATERAL (
    SELECT employee, effective_from, time, source, id
    FROM alias
    WHERE alias.alias = wanted.alias COLLATE "C" AND alias.effective_from <= wanted.day
    ORDER BY effective_from DESC, time DESC, source DESC, id DESC
    LIMIT 1
) AS held;

-- name: add_known(subjects)!
INSERT INTO known (subject) SELECT unnest(:subjects::text[]) ON CONFLICT ON CONSTRAINT known_pk DO NOTHING;

-- name: add_registrations(identities, employees, days, times, sources, ids, names)!
-- An identity can come again after its claim has expired: the first registration stays, as in the journal.
INSERT INTO registration (identity, employee, effective_from, time, source, id, name)
SELECT * FROM unnest(:identities::uuid[], :employees::text[], :days::date[], :times::timestamptz[],
    :sources::text[], :ids::text[], :names::text[])
ON CONFLICT ON CONSTRAINT registration_pk DO NOTHING;

-- name: add_aliases(aliases, days, times, sources, ids, employees)!
INSERT INTO alias (alias, effective_from, time, source, id, employee)
SELECT * FROM unnest(:aliases::text[], :days::date[], :times::timestamptz[],
    :sources::text[], :ids::text[], :employees::text[])
ON CONFLICT ON CONSTRAINT alias_pk DO NOTHING;

-- name: others_aliases(identities, employees, aliases)
-- Which of the registrations, each with one alias a row, name an alias that a registration of another employee names.
-- One that was accepted before is no new holder: its claim may have expired. Two looks an alias, however often the same
-- employee was registered with it.
SELECT DISTINCT wanted.identity
FROM unnest(:identities::uuid[], :employees::text[], :aliases::text[]) AS wanted (identity, employee, alias)
CROSS JOIN LATERAL (
    (SELECT FROM alias WHERE alias.alias = wanted.alias COLLATE "C" AND employee < wanted.employee COLLATE "C"
     ORDER BY employee LIMIT 1)
    UNION ALL
    (SELECT FROM alias WHERE alias.alias = wanted.alias COLLATE "C" AND employee > wanted.employee COLLATE "C"
     ORDER BY employee LIMIT 1)
) AS other
WHERE NOT EXISTS (SELECT FROM registration WHERE registration.identity = wanted.identity);

-- name: let_go(identities)!
-- Give up identities claimed in this transaction: their events were refused after all.
DELETE FROM claim WHERE identity = ANY (:identities::uuid[]);

-- name: held(clients)
-- How much of each client lies here, until the end of the transaction; no row: nothing yet.
SELECT client, parked, dead_letters FROM held WHERE client = ANY (:clients::text[]) ORDER BY client FOR UPDATE;

-- name: park(identities, events, needs, clients, scopes)!
INSERT INTO parked (identity, event, waits_for, client, within)
SELECT * FROM unnest(:identities::uuid[], :events::bytea[], :needs::text[], :clients::text[], :scopes::jsonb[]);

-- name: wake(needs)
-- Note the needs just met for which events wait, those parked in this transaction included.
INSERT INTO wake (need)
SELECT need FROM unnest(:needs::text[]) AS met (need)
WHERE EXISTS (SELECT FROM parked WHERE waits_for = need COLLATE "C")
RETURNING id;

-- name: owe(grace_s, topics, keys, values)
-- Owe records to the log; after `grace_s` seconds the release loop sends what is still here.
INSERT INTO outbox (due, topic, key, value)
SELECT now() + make_interval(secs => :grace_s::double precision), topic, key, value
FROM unnest(:topics::text[], :keys::bytea[], :values::bytea[]) AS record (topic, key, value)
RETURNING id;

-- name: settle(ids)!
-- The records were acknowledged.
DELETE FROM outbox WHERE id = ANY (:ids::bigint[]);
