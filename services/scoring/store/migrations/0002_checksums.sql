-- Order-independent sums over the rows of each projection, per partition, kept in the transaction that changes the rows.
-- Two versions of the projections at the same position must have equal sums; `kinerja verify` recounts them.
CREATE TABLE checksum (
    part       smallint NOT NULL,
    projection text     NOT NULL,
    n          bigint   NOT NULL,
    total      numeric  NOT NULL,       -- of the rows' 64-bit hashes
    CONSTRAINT checksum_pkey PRIMARY KEY (part, projection)
) WITH (fillfactor = 20);

-- A source's heartbeats lie in one partition; its row carries it like all others.
ALTER TABLE coverage ADD COLUMN part smallint;
UPDATE coverage SET part = (SELECT j.part FROM journal j
    WHERE j.subject = 'source:' || source AND j.type = 'source.reported.v1' AND NOT j.duplicate LIMIT 1);
ALTER TABLE coverage ALTER COLUMN part SET NOT NULL;

CREATE FUNCTION keep_checksum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO checksum AS c
        SELECT part, TG_TABLE_NAME, count(*), sum(hash_record_extended(r, 0)) FROM new_rows r GROUP BY part
        ON CONFLICT (part, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO checksum AS c
        SELECT part, TG_TABLE_NAME, -count(*), -sum(hash_record_extended(r, 0)) FROM old_rows r GROUP BY part
        ON CONFLICT (part, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    ELSE
        INSERT INTO checksum AS c
        SELECT part, TG_TABLE_NAME, sum(change), sum(hash) FROM (
            SELECT part, 1 AS change, hash_record_extended(r, 0)::numeric AS hash FROM new_rows r
            UNION ALL
            SELECT part, -1, -hash_record_extended(r, 0)::numeric FROM old_rows r) AS changed
        GROUP BY part
        ON CONFLICT (part, projection) DO UPDATE SET n = c.n + excluded.n, total = c.total + excluded.total;
    END IF;
    RETURN NULL;
END $$;

-- What a projection's rows add up to, counted from the rows. Names are resolved like any other, by search_path.
CREATE FUNCTION count_rows(projection text) RETURNS TABLE (part smallint, n bigint, total numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE
        format('SELECT r.part, count(*), sum(hash_record_extended(r, 0)) FROM %I r GROUP BY r.part', projection);
END $$;

-- Count the rows of a projection, then keep its sums from now on.
CREATE FUNCTION watch_projection(projection text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    event record;
BEGIN
    DELETE FROM checksum c WHERE c.projection = watch_projection.projection;
    INSERT INTO checksum SELECT c.part, watch_projection.projection, c.n, c.total FROM count_rows(projection) c;
    FOR event IN SELECT * FROM (VALUES ('INSERT', 'NEW TABLE AS new_rows'), ('DELETE', 'OLD TABLE AS old_rows'),
        ('UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows')) AS e (name, referencing) LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION keep_checksum()',
            'checksum_' || lower(event.name), event.name, projection, event.referencing);
    END LOOP;
END $$;

CREATE FUNCTION projections() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['membership', 'expected', 'staffing', 'attendance_day', 'person_service', 'unit_day', 'coverage']
$$;

SELECT watch_projection(name) FROM unnest(projections()) AS name;
