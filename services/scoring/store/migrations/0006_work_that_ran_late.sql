-- An `out` before 04:00 now ends the day before, where nothing else has begun. Days that earlier versions computed
-- otherwise are recomputed by the workers: those about every `out` between 22:00 and 04:00 in Jakarta, which covers the
-- small hours of all three zones. Too many do no harm. since 0: whoever waits for the directory waits for them too.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT DISTINCT part, 'person', substr(subject, length('employee:') + 1), day - 2, day + 2, 0
FROM (
    SELECT part, subject, day, substring(said FROM '"at"\s*:\s*"([^"]+)"') AS at
    FROM (
        SELECT part, subject, day, convert_from(payload, 'UTF8') AS said FROM journal
        WHERE type IN ('attendance.punched.v0', 'attendance.punched.v1') AND NOT duplicate AND fault IS NULL) AS punches
    WHERE said ~ '"(out|keluar)"') AS going
WHERE CASE WHEN pg_input_is_valid(at, 'timestamp with time zone')
    THEN (at::timestamptz AT TIME ZONE 'Asia/Jakarta')::time >= '22:00' OR (at::timestamptz AT TIME ZONE 'Asia/Jakarta')::time < '04:00'
    ELSE true END;
