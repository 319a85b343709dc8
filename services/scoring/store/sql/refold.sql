-- name: kept_apart(part, off, faults, size)
-- The next records that the journal keeps without folding them, after a place; of any fault, or of these.
SELECT part, off, recorded_at, payload FROM journal
WHERE fault IS NOT NULL AND (:faults::text[] IS NULL OR fault = ANY(:faults::text[])) AND (part, off) > (:part::smallint, :off::bigint) ORDER BY part, off LIMIT :size;

-- name: count_kept_apart(later)^
-- How many records are kept without being folded: those that wait for a newer program, whose fault begins so, and others.
SELECT count(*) FILTER (WHERE starts_with(fault, :later)) AS later,
    count(*) FILTER (WHERE NOT starts_with(fault, :later)) AS malformed
FROM journal WHERE fault IS NOT NULL;

-- name: still_kept_apart(part, offs)
-- Which of these are still not folded.
SELECT off FROM journal WHERE part = :part::smallint AND off = ANY(:offs::bigint[]) AND fault IS NOT NULL;

-- name: take_in(parts, offs, identities, types, subjects, days, last_days, named, keys, voids, void_types, duplicates)!
-- Let rows say what their records say, as if they had been read when they came, and note what they said before.
WITH taken AS (
    UPDATE journal j SET identity = b.identity, type = b.type, subject = b.subject, day = b.day, last_day = b.last_day,
        named = b.named, key = b.key, voids = b.voids, void_type = b.void_type, duplicate = b.duplicate, fault = NULL,
        payload = CASE WHEN b.duplicate THEN NULL ELSE j.payload END
    FROM unnest(:parts::smallint[], :offs::bigint[], :identities::uuid[], :types::text[], :subjects::text[], :days::date[],
        :last_days::date[], :named::text[], :keys::text[], :voids::uuid[], :void_types::text[], :duplicates::boolean[])
        AS b (part, off, identity, type, subject, day, last_day, named, key, voids, void_type, duplicate)
    WHERE j.part = b.part AND j.off = b.off AND j.fault IS NOT NULL
    RETURNING old.part, old.off, old.fault)
INSERT INTO refolded (part, off, fault) SELECT part, off, fault FROM taken;

-- name: refolded_of(part)
-- What rows of a partition said before they were taken in.
SELECT off, fault FROM refolded WHERE part = :part::smallint;

-- name: forget_dead_letters(part, offs)!
-- Tell nobody of records that are folded now.
DELETE FROM dead_letter WHERE part = :part::smallint AND off = ANY(:offs::bigint[]);

-- name: lock_for_refolding()$
-- Keep the journal's rows as they are while a version is computed from them; false while one is.
SELECT pg_try_advisory_xact_lock_shared(7404);

-- name: lock_for_rebuilding()$
-- Let no record be refolded behind a rebuild's back, until the session ends.
SELECT pg_advisory_lock(7404);
