-- Every lookup names the partition. Without it in the index, and before the first ANALYZE, the planner holds the partition
-- for selective, reads the whole primary key for it beside the index, and each lookup costs as much as the journal is long.
DROP INDEX journal_subject_day, journal_leave, journal_complaint, journal_void, journal_undated;
CREATE INDEX journal_subject_day ON journal (subject, day, part) WHERE NOT duplicate AND day IS NOT NULL;
CREATE INDEX journal_leave ON journal (subject, part) WHERE NOT duplicate AND last_day IS NOT NULL;
CREATE INDEX journal_complaint ON journal (subject, key, part) WHERE NOT duplicate AND key IS NOT NULL;
CREATE INDEX journal_void ON journal (voids, part) WHERE NOT duplicate AND voids IS NOT NULL;
CREATE INDEX journal_undated ON journal (subject, type, part) WHERE NOT duplicate AND day IS NULL AND last_day IS NULL;

-- What shapes units is a small part of the directory's log; whoever loads it need not read all people.
CREATE INDEX journal_shaping ON journal (off) WHERE part = -1 AND NOT duplicate AND fault IS NULL
    AND type IN ('unit.registered.v1', 'schedule.set.v1', 'calendar.day_set.v1', 'day.closed.v1', 'event.voided.v1');
