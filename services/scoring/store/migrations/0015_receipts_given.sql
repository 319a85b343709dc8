-- Every receipt that was given, by what it is known by, with what says later whether it would come out otherwise: how far the
-- log was folded, and hashes of the events, the contexts, the figures and the outcome behind it. One small row each.
CREATE TABLE receipt_given (
    sha256   bytea       NOT NULL,
    subject  text        NOT NULL,
    period   text        NOT NULL,
    known_at timestamptz,                  -- as known when; null: as it was then
    position jsonb       NOT NULL,         -- next offsets by partition, as answers say them
    events   bytea       NOT NULL,
    contexts bytea       NOT NULL,
    figures  bytea       NOT NULL,
    outcome  bytea       NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT receipt_given_pkey PRIMARY KEY (sha256)
);

-- Every export: who took it, of what, and for what purpose. Whose figures are in it, its receipts' subjects say.
CREATE TABLE export_given (
    number   bigint GENERATED ALWAYS AS IDENTITY,
    given_at timestamptz NOT NULL DEFAULT now(),
    reader   text        NOT NULL,
    export   text        NOT NULL,
    unit     text        NOT NULL,
    period   text        NOT NULL,
    purpose  text        NOT NULL,
    rows     int         NOT NULL,
    CONSTRAINT export_given_pkey PRIMARY KEY (number)
);
