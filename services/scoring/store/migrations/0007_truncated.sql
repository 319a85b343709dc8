-- Partitions of which Kafka no longer holds what was folded, as their worker last found; whoever waits for a position
-- there would wait for another record. accepted: an operator has seen to the record at this offset, which differs.
CREATE TABLE truncated (
    part       smallint    NOT NULL CONSTRAINT truncated_pkey PRIMARY KEY,
    noticed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE accepted (
    part smallint NOT NULL,
    off  bigint   NOT NULL,
    CONSTRAINT accepted_pkey PRIMARY KEY (part, off)
);
