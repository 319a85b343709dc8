-- A row may name only the counters it adds to; one more counter is one more column, and no statement elsewhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['present', 'timed', 'on_time', 'late_minutes', 'service_n', 'service_total', 'survey_n',
        'survey_total', 'complaint_n', 'complaint_total', 'overdue'] LOOP
        EXECUTE format('ALTER TABLE unit_day ALTER COLUMN %I SET DEFAULT 0', name);
    END LOOP;
END $$;

-- Count a projection's checksum anew, after a migration changed its rows.
CREATE FUNCTION recount_projection(projection text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM checksum c WHERE c.projection = recount_projection.projection;
    INSERT INTO checksum SELECT c.partition, recount_projection.projection, c.n, c.total FROM count_rows(projection) c;
END $$;
