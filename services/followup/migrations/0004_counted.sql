-- All that is owed is counted every few seconds, by insats and point: from this index alone.
CREATE INDEX follow_up_counted ON follow_up (insats, point, worked_by) INCLUDE (due_on, opens_on, missed_on)
WHERE ended_on IS NULL;
