-- Identities already taken. `resolved` is null while the event is parked, then the employee behind each alias.
CREATE TABLE claim (
    identity uuid CONSTRAINT claim_pk PRIMARY KEY,
    content bytea NOT NULL,
    resolved jsonb,
    claimed_at timestamptz NOT NULL DEFAULT now()
);
-- Claims grow with time and are only ever searched by age to remove the oldest: a few bytes per 32 pages are enough.
CREATE INDEX claim_age ON claim USING brin (claimed_at) WITH (pages_per_range = 32, autosummarize = on);

-- Every subject that was ever registered, as `employee:<id>` or `unit:<code>`. Nothing is ever taken out.
CREATE TABLE known (
    subject text COLLATE "C" CONSTRAINT known_pk PRIMARY KEY
);

-- The directory: the only place for names and aliases. Every accepted registration stays, replaced or not.
CREATE TABLE registration (
    identity uuid CONSTRAINT registration_pk PRIMARY KEY,
    employee text COLLATE "C" NOT NULL,
    effective_from date NOT NULL,
    time timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    name text NOT NULL
);
CREATE INDEX registration_of ON registration (employee, effective_from, time, source, id);

CREATE TABLE alias (
    alias text COLLATE "C" NOT NULL,
    effective_from date NOT NULL,
    time timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    employee text COLLATE "C" NOT NULL,
    CONSTRAINT alias_pk PRIMARY KEY (alias, effective_from, time, source, id)
);

-- Events as they were sent, each waiting for one thing it needs.
CREATE TABLE parked (
    identity uuid CONSTRAINT parked_pk PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT parked_number UNIQUE,
    event bytea NOT NULL,
    waits_for text COLLATE "C" NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX parked_need ON parked (waits_for, identity);

-- A need that was met while events waited for it; worked off in bounded steps, `past` says how far.
CREATE TABLE wake (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT wake_pk PRIMARY KEY,
    need text COLLATE "C" NOT NULL,
    past uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);

-- Records that ingest owes to Kafka whether or not a client asks again. Removed after the acknowledgement.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pk PRIMARY KEY,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    due timestamptz NOT NULL DEFAULT now()
);

-- What was rejected, as it was sent, so that it can be mended and replayed. Not personal-data free: readers need a right.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT dead_letter_pk PRIMARY KEY,
    content bytea NOT NULL CONSTRAINT dead_letter_content UNIQUE,
    received_at timestamptz NOT NULL DEFAULT now(),
    client text NOT NULL,
    origin text NOT NULL,
    source text,
    event_id text,
    type text,
    reason text NOT NULL,
    problems jsonb NOT NULL,
    body bytea NOT NULL,
    complete boolean NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT dead_letter_state CHECK (state IN ('open', 'replayed'))
);
