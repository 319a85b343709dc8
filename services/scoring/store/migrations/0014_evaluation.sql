-- Who leads a unit, and whom an assignment names as supervisor, is found without reading everybody who ever served there.
-- The new column is nothing for all rows that are there: no row is written now.
ALTER TABLE journal ADD COLUMN supervisor text;
CREATE INDEX journal_head ON journal (named) WHERE NOT duplicate AND key = 'head';
CREATE INDEX journal_supervisor ON journal (supervisor) WHERE NOT duplicate AND supervisor IS NOT NULL;
