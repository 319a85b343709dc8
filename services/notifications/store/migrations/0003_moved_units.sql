-- What a unit's registration moves is found by its key: the units below it, and the days on which they have figures.
-- The index on unit_day reads that table once, a minute or two for a hundred million rows; nothing is rewritten.
CREATE INDEX unit_day_of_unit ON unit_day (unit, day);
CREATE INDEX unit_version_parent ON unit_version ((parent COLLATE "C"), unit);

-- A mark alone concerns the tree of that unit only, not those of the units above it.
ALTER TABLE mark ADD COLUMN alone boolean NOT NULL DEFAULT false;
