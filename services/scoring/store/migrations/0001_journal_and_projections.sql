-- The journal: one row per record of the canonical topics, bytes verbatim, chained by hash per partition.
-- part is the partition of kinerja.events; -1 is kinerja.directory.
CREATE TABLE journal (
    part        smallint    NOT NULL,
    off         bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    identity    uuid,                   -- of (source, id); null when the record is no event
    type        text,
    subject     text,
    day         date,                   -- where a search for the fact begins: its date, or its moment's date in Jakarta
    last_day    date,                   -- of a leave
    named       text,                   -- the employee a service names, the unit an assignment names
    key         text,                   -- the complaint
    voids       uuid,                   -- identity of the event a void names ...
    void_type   text,                   -- ... and its type; the subject is the void's own
    duplicate   boolean     NOT NULL DEFAULT false,
    fault       text,                   -- why the record could not be folded
    payload     bytea,                  -- null for a duplicate
    chain       bytea       NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (part, off)
) PARTITION BY LIST (part);

CREATE UNIQUE INDEX journal_identity ON journal (part, identity) WHERE NOT duplicate AND identity IS NOT NULL;
CREATE INDEX journal_subject_day ON journal (subject, day) WHERE NOT duplicate AND day IS NOT NULL;
CREATE INDEX journal_leave ON journal (subject) WHERE NOT duplicate AND last_day IS NOT NULL;
CREATE INDEX journal_named ON journal (named) WHERE NOT duplicate AND named IS NOT NULL;
CREATE INDEX journal_complaint ON journal (subject, key) WHERE NOT duplicate AND key IS NOT NULL;
CREATE INDEX journal_void ON journal (voids) WHERE NOT duplicate AND voids IS NOT NULL;
CREATE INDEX journal_undated ON journal (subject, type) WHERE NOT duplicate AND day IS NULL AND last_day IS NULL;

CREATE TABLE journal_directory PARTITION OF journal FOR VALUES IN (-1);

CREATE FUNCTION ensure_journal(partitions int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR p IN 0 .. partitions - 1 LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS journal_%s PARTITION OF journal FOR VALUES IN (%s)', p, p);
    END LOOP;
END $$;

-- How far each partition is folded, and the hash of its last record. The fence of every fold transaction.
CREATE TABLE consumer_offset (
    part        smallint PRIMARY KEY,
    next_offset bigint   NOT NULL DEFAULT 0,
    chain       bytea    NOT NULL DEFAULT '\x'
) WITH (fillfactor = 20);

-- Spans of days in which a person belongs to one unit, from the definitive assignments.
CREATE TABLE membership (
    employee text     NOT NULL,
    first    date     NOT NULL,
    last     date     NOT NULL,
    unit     text     NOT NULL,
    part     smallint NOT NULL,
    CONSTRAINT membership_pkey PRIMARY KEY (employee, first)
);
CREATE INDEX membership_unit ON membership (unit, part, employee);

-- Spans in which a person is expected: membership without leave.
CREATE TABLE expected (
    employee text     NOT NULL,
    first    date     NOT NULL,
    last     date     NOT NULL,
    unit     text     NOT NULL,
    part     smallint NOT NULL,
    CONSTRAINT expected_pkey PRIMARY KEY (employee, first)
);

-- The same as head-count changes per unit: +1 on the first day, -1 after the last.
CREATE TABLE staffing (
    unit   text     NOT NULL,
    day    date     NOT NULL,
    part   smallint NOT NULL,
    change int      NOT NULL,
    CONSTRAINT staffing_pkey PRIMARY KEY (unit, day, part)
) WITH (fillfactor = 80);

-- Days on which an expected person was present, at the unit they belonged to.
CREATE TABLE attendance_day (
    employee     text     NOT NULL,
    day          date     NOT NULL,
    part         smallint NOT NULL,
    unit         text     NOT NULL,
    timed        smallint NOT NULL,
    on_time      smallint NOT NULL,
    late_minutes int      NOT NULL,
    CONSTRAINT attendance_day_pkey PRIMARY KEY (employee, day)
) WITH (fillfactor = 80);

-- Services and answers that name a person, per unit and day.
CREATE TABLE person_service (
    employee      text     NOT NULL,
    day           date     NOT NULL,
    unit          text     NOT NULL,
    part          smallint NOT NULL,
    service_n     int      NOT NULL,
    service_total int      NOT NULL,
    survey_n      int      NOT NULL,
    survey_total  int      NOT NULL,
    CONSTRAINT person_service_pkey PRIMARY KEY (employee, day, unit)
) WITH (fillfactor = 80);
CREATE INDEX person_service_unit ON person_service (unit, day);

-- A unit's own people and services per day: partial sums per partition, so that no two workers share a row.
CREATE TABLE unit_day (
    unit            text     NOT NULL,
    day             date     NOT NULL,
    part            smallint NOT NULL,
    present         int      NOT NULL,
    timed           int      NOT NULL,
    on_time         int      NOT NULL,
    late_minutes    bigint   NOT NULL,
    service_n       int      NOT NULL,
    service_total   int      NOT NULL,
    survey_n        int      NOT NULL,
    survey_total    int      NOT NULL,
    complaint_n     int      NOT NULL,
    complaint_total int      NOT NULL,
    overdue         int      NOT NULL,
    CONSTRAINT unit_day_pkey PRIMARY KEY (unit, day, part)
) WITH (fillfactor = 50);

-- Up to which moment each source says it is complete.
CREATE TABLE coverage (
    source text        PRIMARY KEY,
    up_to  timestamptz NOT NULL
);

-- What a directory change moved and nobody has recomputed yet. since: offset of the directory's batch.
CREATE TABLE stale (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part   smallint NOT NULL,
    kind   text     NOT NULL CONSTRAINT stale_kind CHECK (kind IN ('person', 'members', 'services')),
    code   text     NOT NULL,           -- the employee or the unit
    first  date     NOT NULL,
    last   date     NOT NULL,
    after  text     NOT NULL DEFAULT '',-- members: recomputed up to this employee
    since  bigint   NOT NULL
);

-- Unit-days whose figures changed and are not yet on kinerja.measures.
CREATE TABLE changed (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit text NOT NULL,
    day  date NOT NULL
);
CREATE SEQUENCE measure_revision;

-- Records that could not be folded, on their way to kinerja.dead-letters.
CREATE TABLE dead_letter (
    part    smallint NOT NULL,
    off     bigint   NOT NULL,
    reason  text     NOT NULL,
    payload bytea,
    CONSTRAINT dead_letter_pkey PRIMARY KEY (part, off)
);

-- When this installation first started: no earlier date is closed by itself.
CREATE TABLE installation (
    only_row      boolean PRIMARY KEY DEFAULT true CONSTRAINT installation_single CHECK (only_row),
    first_started date NOT NULL
);
