-- name: kept_apart(partition, offset, faults, size)
-- The next records that the journal keeps without folding them, after a place; of any fault, or of these.
SELECT partition, record_offset, recorded_at, payload FROM journal
WHERE fault IS NOT NULL AND (:faults::text[] IS NULL OR fault = ANY(:faults::text[])) AND (partition, record_offset) > (:partition::smallint, :offset::bigint) ORDER BY partition, record_offset LIMIT :size;

-- name: count_kept_apart(later)^
-- How many records are kept without being folded: those that wait for a newer program, whose fault begins so, and others.
SELECT count(*) FILTER (WHERE starts_with(fault, :later)) AS later,
    count(*) FILTER (WHERE NOT starts_with(fault, :later)) AS malformed
FROM journal WHERE fault IS NOT NULL;

-- name: still_kept_apart(partition, offsets)
-- Which of these are still not folded.
SELECT record_offset FROM journal WHERE partition = :partition::smallint AND record_offset = ANY(:offsets::bigint[]) AND fault IS NOT NULL;

-- name: take_in(partitions, offsets, identities, types, subjects, days, last_days, named, keys, supervisors, voids, void_types, duplicates)!
-- Let rows say what their records say, as if they had been read when they came, and note what they said before.
WITH taken AS (
    UPDATE journal j SET identity = b.identity, type = b.type, subject = b.subject, day = b.day, last_day = b.last_day,
        named = b.named, key = b.key, supervisor = b.supervisor, voids = b.voids, void_type = b.void_type, duplicate = b.duplicate, fault = NULL,
        payload = CASE WHEN b.duplicate THEN NULL ELSE j.payload END
    FROM unnest(:partitions::smallint[], :offsets::bigint[], :identities::uuid[], :types::text[], :subjects::text[], :days::date[],
        :last_days::date[], :named::text[], :keys::text[], :supervisors::text[], :voids::uuid[], :void_types::text[], :duplicates::boolean[])
        AS b (partition, record_offset, identity, type, subject, day, last_day, named, key, supervisor, voids, void_type, duplicate)
    WHERE j.partition = b.partition AND j.record_offset = b.record_offset AND j.fault IS NOT NULL
    RETURNING old.partition, old.record_offset, old.fault)
INSERT INTO refolded (partition, record_offset, fault) SELECT partition, record_offset, fault FROM taken;

-- name: refolded_of(partition)
-- What rows of a partition said before they were taken in.
SELECT record_offset, fault FROM refolded WHERE partition = :partition::smallint;

-- name: forget_dead_letters(partition, offsets)!
-- Tell nobody of records that are folded now.
DELETE FROM dead_letter WHERE partition = :partition::smallint AND record_offset = ANY(:offsets::bigint[]);

-- name: lock_for_refolding()$
-- Keep the journal's rows as they are while a version is computed from them; false while one is.
SELECT pg_try_advisory_xact_lock_shared(7404);

-- name: lock_for_rebuilding()$
-- Let no record be refolded behind a rebuild's back, until the session ends.
SELECT pg_advisory_lock(7404);
