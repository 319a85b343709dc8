-- The field's names instead of our own: partition and record_offset (not part, off), recompute_queue (not stale),
-- measure_outbox (not changed). Only catalogue entries change, no row is written; checksums hash values, not names.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY projections() || ARRAY['journal', 'consumer_offset', 'checksum', 'stale', 'dead_letter', 'refolded',
        'truncated', 'accepted'] LOOP
        EXECUTE format('ALTER TABLE %I RENAME COLUMN part TO partition', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['journal', 'dead_letter', 'refolded', 'accepted'] LOOP
        EXECUTE format('ALTER TABLE %I RENAME COLUMN off TO record_offset', name);
    END LOOP;
END $$;
ALTER TABLE stale RENAME TO recompute_queue;
ALTER TABLE changed RENAME TO measure_outbox;

CREATE OR REPLACE FUNCTION keep_checksum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO checksum AS c
        SELECT partition, TG_TABLE_NAME, count(*), sum(hash_record_extended(r, 0)) FROM new_rows r GROUP BY partition
        ON CONFLICT (partition, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO checksum AS c
        SELECT partition, TG_TABLE_NAME, -count(*), -sum(hash_record_extended(r, 0)) FROM old_rows r GROUP BY partition
        ON CONFLICT (partition, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    ELSE
        INSERT INTO checksum AS c
        SELECT partition, TG_TABLE_NAME, sum(change), sum(hash) FROM (
            SELECT partition, 1 AS change, hash_record_extended(r, 0)::numeric AS hash FROM new_rows r
            UNION ALL
            SELECT partition, -1, -hash_record_extended(r, 0)::numeric FROM old_rows r) AS changed
        GROUP BY partition
        ON CONFLICT (partition, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    END IF;
    RETURN NULL;
END $$;

DROP FUNCTION count_rows(text);
CREATE FUNCTION count_rows(projection text) RETURNS TABLE (partition smallint, n bigint, total numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE
        format('SELECT r.partition, count(*), sum(hash_record_extended(r, 0)) FROM %I r GROUP BY r.partition', projection);
END $$;

CREATE OR REPLACE FUNCTION watch_projection(projection text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    event record;
BEGIN
    DELETE FROM checksum c WHERE c.projection = watch_projection.projection;
    INSERT INTO checksum SELECT c.partition, watch_projection.projection, c.n, c.total FROM count_rows(projection) c;
    FOR event IN SELECT * FROM (VALUES ('INSERT', 'NEW TABLE AS new_rows'), ('DELETE', 'OLD TABLE AS old_rows'),
        ('UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows')) AS e (name, referencing) LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION keep_checksum()',
            'checksum_' || lower(event.name), event.name, projection, event.referencing);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION begin_version() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM drop_version('scoring_fresh');
    FOREACH name IN ARRAY projections() || ARRAY['checksum', 'recompute_queue', 'measure_outbox', 'consumer_offset'] LOOP
        PERFORM copy_shape(name);
    END LOOP;
    INSERT INTO scoring_fresh.consumer_offset SELECT * FROM scoring.consumer_offset;
    PERFORM view_journal();
END $$;

-- The live journal, as far as the fresh version has come.
CREATE FUNCTION view_journal() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE VIEW scoring_fresh.journal AS
        SELECT j.* FROM scoring.journal j
        JOIN scoring_fresh.consumer_offset o ON o.partition = j.partition AND j.record_offset < o.next_offset;
END $$;

CREATE OR REPLACE FUNCTION begin_version_with_journal() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM begin_version();
    DROP VIEW scoring_fresh.journal;
    CREATE TABLE scoring_fresh.journal (LIKE scoring.journal INCLUDING ALL) PARTITION BY LIST (partition);
    CREATE TABLE scoring_fresh.journal_directory PARTITION OF scoring_fresh.journal FOR VALUES IN (-1);
    PERFORM copy_shape('dead_letter');
    UPDATE scoring_fresh.consumer_offset SET next_offset = 0, chain = '\x';
END $$;

CREATE OR REPLACE FUNCTION switch_versions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    names text[] := projections() || ARRAY['checksum', 'recompute_queue'];
    with_journal boolean := (SELECT relkind = 'p' FROM pg_class WHERE oid = 'scoring_fresh.journal'::regclass);
BEGIN
    PERFORM drop_version('scoring_previous');
    IF with_journal THEN
        names := names || ARRAY['journal', 'consumer_offset'];
    ELSE
        CREATE TABLE scoring_previous.consumer_offset (LIKE scoring.consumer_offset INCLUDING ALL);
        INSERT INTO scoring_previous.consumer_offset SELECT * FROM scoring.consumer_offset;
        DROP VIEW scoring_fresh.journal;
    END IF;
    FOREACH name IN ARRAY names LOOP
        PERFORM move_table(name, 'scoring', 'scoring_previous');
        PERFORM move_table(name, 'scoring_fresh', 'scoring');
    END LOOP;
    PERFORM drop_version('scoring_fresh');
END $$;

CREATE OR REPLACE FUNCTION resume_previous() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM drop_version('scoring_fresh');
    FOREACH name IN ARRAY projections() || ARRAY['checksum', 'recompute_queue', 'consumer_offset'] LOOP
        PERFORM move_table(name, 'scoring_previous', 'scoring_fresh');
    END LOOP;
    PERFORM copy_shape('measure_outbox');
    IF to_regclass('scoring_previous.journal') IS NULL THEN
        PERFORM view_journal();
    ELSE
        PERFORM move_table('journal', 'scoring_previous', 'scoring_fresh');
        PERFORM copy_shape('dead_letter');
    END IF;
END $$;
