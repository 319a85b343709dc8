-- Sums over all units below one, so that a question about a large tree reads as little as one about a leaf.

-- A closure by dates: on these days the unit stands below the ancestor, and its days have this status. partition is -1, the
-- directory's. Kept as the sums below have it: a change waits in recompute_queue until the sums are moved with it.
CREATE TABLE descent (
    unit      text     NOT NULL,
    ancestor  text     NOT NULL,
    first     date     NOT NULL,
    last      date     NOT NULL,
    status    smallint NOT NULL,
    partition smallint NOT NULL DEFAULT -1,
    CONSTRAINT descent_pkey PRIMARY KEY (unit, first, ancestor)
);

-- unit_day of everybody below the unit, itself left out, by status.
CREATE TABLE subtree_day (
    unit            text     NOT NULL,
    day             date     NOT NULL,
    partition       smallint NOT NULL,
    status          smallint NOT NULL,
    present         int      NOT NULL DEFAULT 0,
    timed           int      NOT NULL DEFAULT 0,
    on_time         int      NOT NULL DEFAULT 0,
    late_minutes    bigint   NOT NULL DEFAULT 0,
    service_n       int      NOT NULL DEFAULT 0,
    service_total   int      NOT NULL DEFAULT 0,
    survey_n        int      NOT NULL DEFAULT 0,
    survey_total    int      NOT NULL DEFAULT 0,
    complaint_n     int      NOT NULL DEFAULT 0,
    complaint_total int      NOT NULL DEFAULT 0,
    overdue         int      NOT NULL DEFAULT 0,
    CONSTRAINT subtree_day_pkey PRIMARY KEY (unit, day, partition, status)
) WITH (fillfactor = 50);

-- staffing of everybody below the unit, by status.
CREATE TABLE subtree_staffing (
    unit      text     NOT NULL,
    day       date     NOT NULL,
    partition smallint NOT NULL,
    status    smallint NOT NULL,
    change    int      NOT NULL,
    CONSTRAINT subtree_staffing_pkey PRIMARY KEY (unit, day, partition, status)
) WITH (fillfactor = 80);
CREATE INDEX subtree_staffing_zero ON subtree_staffing (unit) WHERE change = 0;

CREATE OR REPLACE FUNCTION projections() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['membership', 'expected', 'staffing', 'attendance_day', 'person_service', 'unit_day', 'coverage',
        'descent', 'subtree_day', 'subtree_staffing']
$$;
SELECT watch_projection(name) FROM unnest(ARRAY['descent', 'subtree_day', 'subtree_staffing']) AS name;

ALTER TABLE recompute_queue DROP CONSTRAINT stale_kind;
ALTER TABLE recompute_queue ADD CONSTRAINT recompute_queue_kind CHECK (kind IN ('person', 'members', 'services', 'descent'));
CREATE INDEX recompute_queue_descent ON recompute_queue (id) WHERE kind = 'descent';
