-- Answers of peers and subordinates, sealed: a role of its own owns them, which only a transaction that works on them
-- takes on. Names are HMACs under a key that no database has; contents are encrypted and all of one length.
SET LOCAL ROLE ingest_sealed;

-- Identities taken by sealed answers, and by voids that came to them: nothing but the name.
CREATE TABLE ingest_sealed.claim (
    identity bytea CONSTRAINT claim_pk PRIMARY KEY
);

-- The one answer that stands for a ratee, rater, relation and period, by its name; under `identity` its sender voids it,
-- under `about` the answers about somebody for a period are released. `last_day`: the period's.
CREATE TABLE ingest_sealed.answer (
    name bytea CONSTRAINT answer_pk PRIMARY KEY,
    identity bytea NOT NULL CONSTRAINT answer_identity UNIQUE,
    about bytea NOT NULL,
    last_day date NOT NULL,
    content bytea NOT NULL
);
CREATE INDEX answer_about ON ingest_sealed.answer (about, name);

-- What waits here: answers and voids with an alias that nobody holds (`need` null), voids of ratings that are not known.
CREATE TABLE ingest_sealed.waiting (
    name bytea CONSTRAINT waiting_pk PRIMARY KEY,
    need bytea,
    content bytea NOT NULL
);
CREATE INDEX waiting_need ON ingest_sealed.waiting (need) WHERE need IS NOT NULL;
CREATE INDEX waiting_alias ON ingest_sealed.waiting (name) WHERE need IS NULL;

-- About whom, for which period, all is settled: released or too few, once and for ever.
CREATE TABLE ingest_sealed.settled (
    about bytea CONSTRAINT settled_pk PRIMARY KEY
);

-- By what the key is known again.
CREATE TABLE ingest_sealed.fingerprint (
    one boolean NOT NULL DEFAULT true CONSTRAINT fingerprint_pk PRIMARY KEY CHECK (one),
    fingerprint bytea NOT NULL
);
RESET ROLE;

-- Identities of ratings that stand in the open, for ever: a void of one goes to the log, of any other it waits.
CREATE TABLE open_rating (
    identity uuid CONSTRAINT open_rating_pk PRIMARY KEY
);
