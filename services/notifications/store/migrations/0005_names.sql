-- The field's name instead of our own; only catalogue entries change.
ALTER TABLE consumer_offset RENAME COLUMN part TO partition;
ALTER TABLE set_aside RENAME COLUMN part TO partition;
