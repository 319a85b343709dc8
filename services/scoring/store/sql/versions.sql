-- name: begin_version()$
-- Create an empty version of the projections in scoring_fresh, at the live one's position.
SELECT begin_version();

-- name: begin_version_with_journal()$
-- The same with an empty journal of its own, at position 0.
SELECT begin_version_with_journal();

-- name: resume_previous()$
-- Take the previous version up again as a fresh one.
SELECT resume_previous();

-- name: drop_fresh()$
-- Give up the fresh version.
SELECT drop_version('scoring_fresh');

-- name: previous_exists()$
-- Whether a version was kept that can be taken up again.
SELECT to_regclass('scoring_previous.unit_day') IS NOT NULL;

-- name: previous_has_journal()$
-- Whether the kept version has a journal of its own.
SELECT to_regclass('scoring_previous.journal') IS NOT NULL;

-- name: note_kept_version()!
-- Remember what the version that is replaced now knows.
INSERT INTO scoring.kept_version AS k (migrations, refolded)
SELECT (SELECT count(*) FROM scoring.migration), COALESCE((SELECT max(number) FROM scoring.refolded), 0)
ON CONFLICT (only_row) DO UPDATE SET migrations = excluded.migrations, refolded = excluded.refolded;

-- name: changed_since_kept()^
-- Whether tables or records changed since the previous version was replaced; it would not know.
SELECT COALESCE((SELECT migrations FROM scoring.kept_version), -1) <> (SELECT count(*) FROM scoring.migration) AS migrated,
    COALESCE((SELECT refolded FROM scoring.kept_version), -1)
        <> COALESCE((SELECT max(number) FROM scoring.refolded), 0) AS refolded;

-- name: faults()
-- Records that the live fold set aside.
SELECT partition, record_offset, fault FROM scoring.journal WHERE fault IS NOT NULL;

-- name: watch_projections()
-- Count the rows of every projection and keep their sums from now on.
SELECT watch_projection(name) FROM unnest(projections()) AS name;

-- name: switch_versions()$
-- Make the fresh version the live one.
SELECT switch_versions();

-- name: lock_publisher()
-- Keep the publisher of measures out until the transaction ends.
SELECT pg_advisory_xact_lock(7402);

-- name: count_queued()$
-- How much stale work waits.
SELECT count(*) FROM recompute_queue;

-- name: checksums()
-- The sums as kept; a projection without rows in a partition has none.
SELECT partition, projection, n, total FROM checksum WHERE n <> 0 OR total <> 0 ORDER BY partition, projection;

-- name: counted_checksums()
-- The sums counted from the rows.
SELECT c.partition, name AS projection, c.n, c.total FROM unnest(projections()) AS name CROSS JOIN LATERAL count_rows(name) c
ORDER BY c.partition, name;

-- name: live_rows(partition, after, size)
-- Rows of the live journal, in order, for a version that catches up; duplicates have no payload.
SELECT record_offset, recorded_at, payload, duplicate, fault FROM scoring.journal
WHERE partition = :partition::smallint AND record_offset >= :after ORDER BY record_offset LIMIT :size;

-- name: live_offsets()
-- How far the live version is folded.
SELECT partition, next_offset, chain FROM scoring.consumer_offset ORDER BY partition;

-- name: replace_offset(partition, expected, position)$
-- Move this version's position; null when it was not where expected.
UPDATE consumer_offset SET next_offset = :position WHERE partition = :partition::smallint AND next_offset = :expected RETURNING partition;

-- name: differing_rows(projection, size)
-- Rows of a projection that only the live or only the fresh version has.
SELECT version, content FROM differing_rows(:projection, :size::int);

-- name: some_people(size)
-- People to look at more closely, with their partition.
SELECT employee, partition FROM (SELECT DISTINCT employee, partition FROM membership) AS people ORDER BY random() LIMIT :size::int;

-- name: some_units(size)
-- Units to look at more closely.
SELECT unit FROM (SELECT DISTINCT unit FROM unit_day) AS units ORDER BY random() LIMIT :size::int;
