-- What is kept already is summed by the workers, unit by unit. Workers of the version before would not add to the sums, so
-- none may run any more; until then figures are added up from the units themselves.
DELETE FROM descent;
DELETE FROM subtree_day;
DELETE FROM subtree_staffing;
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT DISTINCT -1, 'descent', substr(subject, 6), '1900-01-01'::date, '2199-12-31'::date, 0
FROM journal WHERE partition = -1 AND type = 'unit.registered.v1' AND NOT duplicate AND fault IS NULL;
