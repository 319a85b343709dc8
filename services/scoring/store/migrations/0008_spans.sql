-- A directory event about everyone is a few rows of work, not one for each unit and day. Cheap on large tables: columns
-- without a value per row, and an index over people, of whom there are a thousandth as many as facts.

-- Changed from day to last (null: that day alone), of every unit when unit is *, and published up to the unit after.
ALTER TABLE changed ADD COLUMN last date;
ALTER TABLE changed ADD COLUMN after text NOT NULL DEFAULT '';
CREATE INDEX changed_span ON changed (id) WHERE last IS NOT NULL;

CREATE INDEX membership_part ON membership (part, employee);
