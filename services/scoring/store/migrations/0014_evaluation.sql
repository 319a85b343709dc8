-- Who leads a unit, and whom an assignment names as supervisor, is found without reading everybody who ever served there.
-- The new column is nothing for all rows that are there: no row is written now.
ALTER TABLE journal ADD COLUMN supervisor text;
CREATE INDEX journal_head ON journal (named) WHERE NOT duplicate AND key = 'head';
CREATE INDEX journal_supervisor ON journal (supervisor) WHERE NOT duplicate AND supervisor IS NOT NULL;

-- Policies are part of what shapes the directory. What is asked by the version before is found by the wider index, too.
DROP INDEX journal_shaping;
CREATE INDEX journal_shaping ON journal (record_offset) WHERE partition = -1 AND NOT duplicate AND fault IS NULL
    AND type IN ('unit.registered.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1',
        'policy.proposed.v1', 'policy.published.v1', 'event.voided.v1');
CREATE INDEX journal_contest ON journal (subject) WHERE type = 'event.contested.v1' AND NOT duplicate;
