-- What notifications knows of units, heads and days, what it concludes, and what it has told whom.
-- Strings that are compared as the design says "greatest" are in C order: by their UTF-8 bytes.

-- The unit tree: of the registrations with one (unit, effective_from) the greatest by (time, source, id).
CREATE TABLE unit_version (
    unit text COLLATE "C" NOT NULL,
    effective_from date NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    parent text,
    time timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    CONSTRAINT unit_version_pk PRIMARY KEY (unit, effective_from)
);

-- Assignments that lead a unit; each event counts for itself.
CREATE TABLE headship (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    employee text NOT NULL,
    unit text NOT NULL,
    basis text NOT NULL,
    effective_from date NOT NULL,
    effective_to date,
    time timestamptz NOT NULL,
    CONSTRAINT headship_pk PRIMARY KEY (source, id)
);

-- Voids of assignments, whether or not the assignment is known yet.
CREATE TABLE headship_void (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    employee text NOT NULL,
    CONSTRAINT headship_void_pk PRIMARY KEY (source, id, employee)
);

-- The days of units' own people and services: of one unit-day the greatest revision.
CREATE TABLE unit_day (
    day date NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    closed boolean NOT NULL,
    measures jsonb NOT NULL,
    CONSTRAINT unit_day_pk PRIMARY KEY (day, unit)
) WITH (fillfactor = 70);

-- What the next detection has to look at. A day without a unit is every unit from that day on; no day: the heads.
CREATE TABLE mark (
    number bigint GENERATED ALWAYS AS IDENTITY,
    unit text COLLATE "C",
    day date,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mark_pk PRIMARY KEY (number)
);

-- The closed days of units' trees, per indicator; failures count parts of the indicator.
CREATE TABLE stream_day (
    unit text COLLATE "C" NOT NULL,
    indicator text COLLATE "C" NOT NULL,
    day date NOT NULL,
    kind text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    failures bigint NOT NULL,
    open boolean NOT NULL,
    CONSTRAINT stream_day_pk PRIMARY KEY (unit, indicator, day)
);
CREATE INDEX stream_day_by_pool ON stream_day (indicator, kind, day) INCLUDE (unit, n, failures);

-- The level of a pool in a quarter, once fixed never changed, so that a replay refits nothing.
CREATE TABLE pool_level (
    indicator text NOT NULL,
    kind text NOT NULL,
    quarter date NOT NULL,
    level_ppm bigint NOT NULL,
    n bigint NOT NULL,
    failures bigint NOT NULL,
    units bigint NOT NULL,
    fixed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pool_level_pk PRIMARY KEY (indicator, kind, quarter)
);

-- The detector's state per stream, and the last case its readers know.
CREATE TABLE stream (
    unit text COLLATE "C" NOT NULL,
    indicator text COLLATE "C" NOT NULL,
    state jsonb NOT NULL,
    account jsonb,
    CONSTRAINT stream_pk PRIMARY KEY (unit, indicator)
) WITH (fillfactor = 50);

CREATE TABLE alert (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL,
    unit text COLLATE "C" NOT NULL,
    indicator text NOT NULL,
    start date NOT NULL,
    state text NOT NULL,
    raised_on date NOT NULL,
    ended_on date,
    since date NOT NULL,
    n bigint NOT NULL,
    failures numeric NOT NULL,
    value numeric NOT NULL,
    baseline numeric NOT NULL,
    chance_years numeric NOT NULL,
    told text NOT NULL DEFAULT 'nothing',
    leader text,
    leader_unit text,
    leader_acting boolean NOT NULL DEFAULT false,
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT alert_pk PRIMARY KEY (number),
    CONSTRAINT alert_id_unique UNIQUE (id)
);
CREATE INDEX alert_by_unit ON alert (unit, number);
CREATE INDEX alert_by_state ON alert (state, number);

-- Every step of every alert, in order; published to kinerja.alerts after the commit.
-- Steps of the detector have the closed day they were taken on, steps of people have who took them.
CREATE TABLE alert_event (
    number bigint GENERATED ALWAYS AS IDENTITY,
    alert text NOT NULL,
    step text NOT NULL,
    day date,
    at timestamptz NOT NULL DEFAULT now(),
    by text,
    detail jsonb NOT NULL DEFAULT '{}',
    published_at timestamptz,
    CONSTRAINT alert_event_pk PRIMARY KEY (number),
    CONSTRAINT alert_event_alert FOREIGN KEY (alert) REFERENCES alert (id)
);
CREATE INDEX alert_event_by_alert ON alert_event (alert, number);
CREATE INDEX alert_event_unpublished ON alert_event (number) WHERE published_at IS NULL;

-- Actions agreed on an alert; kept before they are sent, so that sending again sends the same event.
CREATE TABLE action (
    alert text NOT NULL,
    action text NOT NULL,
    event jsonb NOT NULL,
    by text NOT NULL,
    state text NOT NULL DEFAULT 'sending',
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT action_pk PRIMARY KEY (alert, action),
    CONSTRAINT action_alert FOREIGN KEY (alert) REFERENCES alert (id)
);
CREATE INDEX action_unsent ON action (at) WHERE state = 'sending';

-- One row per message to one recipient; `occasion` tells a second message of the same kind from the first.
CREATE TABLE delivery (
    number bigint GENERATED ALWAYS AS IDENTITY,
    alert text NOT NULL,
    message text NOT NULL,
    occasion int NOT NULL,
    recipient text,
    message_id text NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    problem text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    CONSTRAINT delivery_pk PRIMARY KEY (number),
    CONSTRAINT delivery_once UNIQUE NULLS NOT DISTINCT (alert, message, occasion, recipient),
    CONSTRAINT delivery_alert FOREIGN KEY (alert) REFERENCES alert (id)
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'pending';

CREATE TABLE preference (
    employee text COLLATE "C" NOT NULL,
    email text,
    language text NOT NULL,
    muted boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT preference_pk PRIMARY KEY (employee)
);

-- How far each partition is folded: the fence of every fold transaction.
CREATE TABLE consumer_offset (
    topic text NOT NULL,
    part int NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT consumer_offset_pk PRIMARY KEY (topic, part)
) WITH (fillfactor = 20);

-- Records that could not be folded, kept with the reason.
CREATE TABLE set_aside (
    topic text NOT NULL,
    part int NOT NULL,
    record_offset bigint NOT NULL,
    reason text NOT NULL,
    payload bytea,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT set_aside_pk PRIMARY KEY (topic, part, record_offset)
);
