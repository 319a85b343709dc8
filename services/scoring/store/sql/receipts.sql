-- name: keep_receipts(sha256s, subjects, periods, known_ats, positions, events, contexts, figures, outcomes)!
-- Keep that these receipts were given; one that is kept already stays as it is.
INSERT INTO receipt_given (sha256, subject, period, known_at, position, events, contexts, figures, outcome)
SELECT * FROM unnest(:sha256s::bytea[], :subjects::text[], :periods::text[], :known_ats::timestamptz[], :positions::jsonb[],
    :events::bytea[], :contexts::bytea[], :figures::bytea[], :outcomes::bytea[])
ON CONFLICT (sha256) DO NOTHING;

-- name: keep_export(reader, export, unit, period, purpose, rows)!
-- Keep who took an export, and why.
INSERT INTO export_given (reader, export, unit, period, purpose, rows)
VALUES (:reader, :export, :unit, :period, :purpose, :rows);

-- name: receipt_given(sha256)^
-- A receipt that was given.
SELECT subject, period, known_at, position, events, contexts, figures, outcome FROM receipt_given WHERE sha256 = :sha256;

-- name: facts_since(partitions, subjects, offsets, employee, all_partitions, all_offsets, first, last, periods, known_at)
-- What of these subjects' facts, and of those naming the employee, came after a moment of the log and stands, and which of
-- those before it were taken back since, each with the void. The moment is an offset per partition, and a time.
WITH fact AS (
    SELECT j.*, b.since
    FROM unnest(:partitions::smallint[], :subjects::text[], :offsets::bigint[]) AS b (partition, subject, since)
    CROSS JOIN LATERAL (
        (SELECT * FROM journal x WHERE x.partition = b.partition AND x.subject = b.subject AND NOT x.duplicate
            AND x.day BETWEEN :first AND :last AND x.last_day IS NULL OFFSET 0)
        UNION ALL
        (SELECT * FROM journal x WHERE x.partition = b.partition AND x.subject = b.subject AND NOT x.duplicate
            AND x.last_day IS NOT NULL AND x.day <= :last AND x.last_day >= :first OFFSET 0)
        UNION ALL
        (SELECT * FROM journal x WHERE x.partition = b.partition AND x.subject = b.subject AND NOT x.duplicate
            AND x.key = ANY(:periods::text[]) AND x.key IS NOT NULL AND x.day IS NULL AND x.last_day IS NULL OFFSET 0)
        UNION ALL
        (SELECT * FROM journal x WHERE x.partition = b.partition AND x.subject = b.subject AND NOT x.duplicate
            AND x.type IN ('event.contested.v1', 'contest.answered.v1') AND x.day IS NULL AND x.last_day IS NULL OFFSET 0)
    ) AS j
    UNION ALL
    SELECT j.*, b.since FROM journal j
    JOIN unnest(:all_partitions::smallint[], :all_offsets::bigint[]) AS b (partition, since) ON b.partition = j.partition
    WHERE j.named = :employee AND j.partition >= 0 AND NOT j.duplicate AND j.day BETWEEN :first AND :last
)
SELECT f.partition, f.record_offset, f.recorded_at, f.payload, v.record_offset AS void_offset, v.recorded_at AS voided_at
FROM fact f
LEFT JOIN LATERAL (SELECT w.record_offset, w.recorded_at FROM journal w WHERE w.partition = f.partition AND w.voids = f.identity
    AND w.void_type = f.type AND w.subject = f.subject AND NOT w.duplicate ORDER BY w.record_offset LIMIT 1) v ON true
WHERE f.fault IS NULL AND CASE WHEN f.record_offset >= f.since OR f.recorded_at > :known_at THEN v.record_offset IS NULL
    ELSE v.record_offset >= f.since OR v.recorded_at > :known_at END;

-- name: directory_since(subjects, units, since, known_at)
-- The same of the directory: events about these subjects, and assignments that lead one of these units.
WITH fact AS (
    SELECT * FROM journal j WHERE j.partition = -1 AND j.subject = ANY(:subjects::text[]) AND NOT j.duplicate
        AND j.day IS NULL AND j.last_day IS NULL AND j.type IN ('unit.registered.v1', 'employee.registered.v1',
            'assignment.started.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1', 'policy.published.v1')
    UNION
    SELECT * FROM journal j WHERE j.partition = -1 AND j.named = ANY(:units::text[]) AND j.key = 'head' AND NOT j.duplicate
        AND j.type = 'assignment.started.v1'
)
SELECT f.partition, f.record_offset, f.recorded_at, f.payload, v.record_offset AS void_offset, v.recorded_at AS voided_at
FROM fact f
LEFT JOIN LATERAL (SELECT w.record_offset, w.recorded_at FROM journal w WHERE w.partition = -1 AND w.voids = f.identity
    AND w.void_type = f.type AND w.subject = f.subject AND NOT w.duplicate ORDER BY w.record_offset LIMIT 1) v ON true
WHERE f.fault IS NULL AND CASE WHEN f.record_offset >= :since OR f.recorded_at > :known_at THEN v.record_offset IS NULL
    ELSE v.record_offset >= :since OR v.recorded_at > :known_at END;
