-- A version of the projections beside the live one: in the schema scoring_fresh while it is built, in scoring_previous
-- after it was replaced. Whoever works on it sets search_path to the schema and scoring; names are the same everywhere.

-- Empty tables like the live ones, none of the other version's data; its journal is the live one up to its own position.
CREATE FUNCTION begin_version() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM drop_version('scoring_fresh');
    FOREACH name IN ARRAY projections() || ARRAY['checksum', 'stale', 'changed', 'consumer_offset'] LOOP
        PERFORM copy_shape(name);
    END LOOP;
    INSERT INTO scoring_fresh.consumer_offset SELECT * FROM scoring.consumer_offset;
    CREATE VIEW scoring_fresh.journal AS
        SELECT j.* FROM scoring.journal j
        JOIN scoring_fresh.consumer_offset o ON o.part = j.part AND j.off < o.next_offset;
END $$;

-- The same with an empty journal of its own, to be filled from the topics.
CREATE FUNCTION begin_version_with_journal() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM begin_version();
    DROP VIEW scoring_fresh.journal;
    CREATE TABLE scoring_fresh.journal (LIKE scoring.journal INCLUDING ALL) PARTITION BY LIST (part);
    CREATE TABLE scoring_fresh.journal_directory PARTITION OF scoring_fresh.journal FOR VALUES IN (-1);
    PERFORM copy_shape('dead_letter');
    UPDATE scoring_fresh.consumer_offset SET next_offset = 0, chain = '\x';
END $$;

CREATE FUNCTION copy_shape(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    options text;
BEGIN
    EXECUTE format('CREATE TABLE scoring_fresh.%I (LIKE scoring.%I INCLUDING ALL)', name, name);
    SELECT array_to_string(reloptions, ', ') INTO options FROM pg_class WHERE oid = format('scoring.%I', name)::regclass;
    IF options IS NOT NULL THEN
        EXECUTE format('ALTER TABLE scoring_fresh.%I SET (%s)', name, options);
    END IF;
END $$;

CREATE FUNCTION drop_version(version text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = version::regnamespace AND c.relkind IN ('v', 'r', 'p') AND NOT c.relispartition
        ORDER BY c.relkind = 'v' DESC LOOP
        EXECUTE format('DROP %s %I.%I', CASE found.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, version, found.relname);
    END LOOP;
END $$;

-- Move a table, with its partitions, from one version to another.
CREATE FUNCTION move_table(name text, origin text, destination text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN EXECUTE format('SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = %L::regclass',
        format('%I.%I', origin, name)) LOOP
        EXECUTE format('ALTER TABLE %s SET SCHEMA %I', partition, destination);
    END LOOP;
    EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', origin, name, destination);
END $$;

-- Rows of a projection that only one version has.
CREATE FUNCTION differing_rows(projection text, size int) RETURNS TABLE (version text, content text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('(SELECT ''live'', to_json(l)::text FROM (TABLE scoring.%1$I EXCEPT TABLE scoring_fresh.%1$I) l LIMIT $1)
        UNION ALL (SELECT ''fresh'', to_json(f)::text FROM (TABLE scoring_fresh.%1$I EXCEPT TABLE scoring.%1$I) f LIMIT $1)',
        projection) USING size;
END $$;

-- Make the fresh version the live one and keep the live one as the previous.
CREATE FUNCTION switch_versions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    names text[] := projections() || ARRAY['checksum', 'stale'];
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

-- Take the previous version up again, as a fresh one that is to catch up from where it was left.
CREATE FUNCTION resume_previous() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM drop_version('scoring_fresh');
    FOREACH name IN ARRAY projections() || ARRAY['checksum', 'stale', 'consumer_offset'] LOOP
        PERFORM move_table(name, 'scoring_previous', 'scoring_fresh');
    END LOOP;
    PERFORM copy_shape('changed');
    IF to_regclass('scoring_previous.journal') IS NULL THEN
        CREATE VIEW scoring_fresh.journal AS
            SELECT j.* FROM scoring.journal j
            JOIN scoring_fresh.consumer_offset o ON o.part = j.part AND j.off < o.next_offset;
    ELSE
        PERFORM move_table('journal', 'scoring_previous', 'scoring_fresh');
        PERFORM copy_shape('dead_letter');
    END IF;
END $$;
