-- What is kept already gets the keys that new rows are written with: the period of results and ratings, and of assignments
-- whether they make somebody head and whom they name as supervisor. Cost: reads the journal's rows of these types once, and
-- writes those of results and ratings, of heads and of who has a supervisor named. Duplicates stay as seals know them.
CREATE FUNCTION said(payload bytea, field text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN convert_from(payload, 'UTF8')::json #>> ARRAY['data', field];
EXCEPTION WHEN data_exception OR syntax_error THEN
    RETURN NULL;
END $$;

UPDATE journal SET key = said(payload, 'period')
WHERE type IN ('result.targeted.v1', 'result.reported.v1', 'rating.given.v1') AND NOT duplicate AND fault IS NULL;

UPDATE journal SET key = CASE WHEN said(payload, 'head') = 'true' THEN 'head' END, supervisor = said(payload, 'supervisor')
WHERE partition = -1 AND type = 'assignment.started.v1' AND NOT duplicate AND fault IS NULL
    AND (said(payload, 'head') = 'true' OR said(payload, 'supervisor') IS NOT NULL);

DROP FUNCTION said(bytea, text);
