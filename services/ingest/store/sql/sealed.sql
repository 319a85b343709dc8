-- name: as_sealed()!
-- Take on the role of the sealed answers until `as_ingest`, or the end of the transaction.
SET LOCAL ROLE ingest_sealed;

-- name: as_ingest()!
RESET ROLE;

-- name: lock_sealed()!
-- One transaction at a time that seals, voids, releases, or places a rating in the open: what one of them does not find
-- no other is just about to write.
SELECT pg_advisory_xact_lock(hashtext('kinerja.ingest.sealed'));

-- name: sealed_fingerprint(fingerprint)
-- By what the key is known that the first answer was sealed with: this one, if none was.
INSERT INTO ingest_sealed.fingerprint (fingerprint) VALUES (:fingerprint)
ON CONFLICT ON CONSTRAINT fingerprint_pk DO UPDATE SET fingerprint = ingest_sealed.fingerprint.fingerprint
RETURNING fingerprint;

-- name: sealed_claims(identities)
-- Which identities are taken.
SELECT identity FROM ingest_sealed.claim WHERE identity = ANY (:identities::bytea[]);

-- name: claim_sealed(identity)!
INSERT INTO ingest_sealed.claim (identity) VALUES (:identity);

-- name: put_answer(name, identity, about, last_day, content)!
-- The last to arrive stands.
INSERT INTO ingest_sealed.answer AS kept (name, identity, about, last_day, content)
VALUES (:name, :identity, :about, :last_day, :content)
ON CONFLICT ON CONSTRAINT answer_pk DO UPDATE SET identity = excluded.identity, content = excluded.content;

-- name: answer_of_identity(identity)
SELECT name, content FROM ingest_sealed.answer WHERE identity = :identity;

-- name: drop_answer(name)!
DELETE FROM ingest_sealed.answer WHERE name = :name;

-- name: put_waiting(name, need, content)!
INSERT INTO ingest_sealed.waiting (name, need, content) VALUES (:name, :need, :content)
ON CONFLICT ON CONSTRAINT waiting_pk DO UPDATE SET need = excluded.need, content = excluded.content;

-- name: waiting_voids(needs)
-- Voids that wait for one of some ratings.
SELECT name, need, content FROM ingest_sealed.waiting WHERE need = ANY (:needs::bytea[]) ORDER BY name;

-- name: waiting_aliases(after, size)
-- The next things that wait for the holder of an alias.
SELECT name, content FROM ingest_sealed.waiting WHERE need IS NULL AND name > :after ORDER BY name LIMIT :size;

-- name: drop_waiting(names)!
DELETE FROM ingest_sealed.waiting WHERE name = ANY (:names::bytea[]);

-- name: sealed_groups(after, latest, size)
-- The next of those about whom there are answers for periods that may be over: one answer each, by which they are known.
SELECT DISTINCT ON (about) about, name, content FROM ingest_sealed.answer
WHERE about > :after AND last_day <= :latest ORDER BY about, name LIMIT :size;

-- name: answers_about(about)
SELECT name, content FROM ingest_sealed.answer WHERE about = :about ORDER BY name;

-- name: destroy_answers(about)!
DELETE FROM ingest_sealed.answer WHERE about = :about;

-- name: settle_about(about)!
INSERT INTO ingest_sealed.settled (about) VALUES (:about) ON CONFLICT ON CONSTRAINT settled_pk DO NOTHING;

-- name: settled(abouts)
SELECT about FROM ingest_sealed.settled WHERE about = ANY (:abouts::bytea[]);

-- name: open_identities(identities)
-- Which identities are known in the open: taken now, or once by a rating.
SELECT identity FROM claim WHERE identity = ANY (:identities::uuid[])
UNION SELECT identity FROM open_rating WHERE identity = ANY (:identities::uuid[]);

-- name: add_open_ratings(identities)!
INSERT INTO open_rating (identity) SELECT unnest(:identities::uuid[]) ON CONFLICT ON CONSTRAINT open_rating_pk DO NOTHING;
