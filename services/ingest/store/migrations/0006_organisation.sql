-- What ingest knows of who belongs where, folded from kinerja.directory by itself. One row: how far, and by what the last
-- record is known again; `refolded` grows when a record that was set aside is taken in after all.
CREATE TABLE directory_position (
    one boolean NOT NULL DEFAULT true CONSTRAINT directory_position_pk PRIMARY KEY CHECK (one),
    next_offset bigint NOT NULL DEFAULT 0,
    last_digest bytea,
    refolded bigint NOT NULL DEFAULT 0
);
INSERT INTO directory_position DEFAULT VALUES;

-- Units, schedules, calendar, closings and policies, and voids of them, as they stand on the log: few, and read whole.
CREATE TABLE directory_event (
    identity uuid CONSTRAINT directory_event_pk PRIMARY KEY,
    record_offset bigint NOT NULL CONSTRAINT directory_event_offset UNIQUE,
    payload bytea NOT NULL
);

-- Assignments, by what they are asked for: of a person, into a unit, as its head, under a supervisor. Days as integers
-- would say no more; `until` null: still.
CREATE TABLE assignment (
    identity uuid CONSTRAINT assignment_pk PRIMARY KEY,
    employee text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    supervisor text COLLATE "C",
    head boolean NOT NULL,
    since date NOT NULL,
    until date,
    payload bytea NOT NULL
);
CREATE INDEX assignment_of ON assignment (employee);
CREATE INDEX assignment_in ON assignment (unit, employee);
CREATE INDEX assignment_head ON assignment (unit) WHERE head;
CREATE INDEX assignment_heading ON assignment (employee) WHERE head;
CREATE INDEX assignment_under ON assignment (supervisor, employee) WHERE supervisor IS NOT NULL;

-- Voids of assignments, in either order of arrival; the person is part of what a void must name.
CREATE TABLE assignment_void (
    identity uuid NOT NULL,
    employee text COLLATE "C" NOT NULL,
    CONSTRAINT assignment_void_pk PRIMARY KEY (identity, employee)
);

-- Records of the directory that could not be read; those of a type to come are taken in by a program that knows it.
CREATE TABLE directory_set_aside (
    record_offset bigint CONSTRAINT directory_set_aside_pk PRIMARY KEY,
    for_later boolean NOT NULL,
    reason text NOT NULL,
    milliseconds bigint NOT NULL,
    payload bytea
);
