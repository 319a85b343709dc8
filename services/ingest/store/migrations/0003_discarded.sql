-- Parked events that somebody has discarded, with the reason. Their claims stay, unresolved, and so do their identities.
CREATE TABLE discarded (
    identity uuid CONSTRAINT discarded_pk PRIMARY KEY,
    number bigint NOT NULL CONSTRAINT discarded_number UNIQUE,
    event bytea NOT NULL,
    waits_for text COLLATE "C" NOT NULL,
    parked_at timestamptz NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now(),
    client text NOT NULL,
    reason text NOT NULL
);
