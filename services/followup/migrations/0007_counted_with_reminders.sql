-- What is owed is counted with the reminders that were sent of it, and so are time limits: each from its index alone.
DROP INDEX follow_up_counted;
CREATE INDEX follow_up_counted ON follow_up (insats, point, worked_by)
INCLUDE (due_on, opens_on, closes_on, missed_on, reminded)
WHERE ended_on IS NULL;
CREATE INDEX time_limit_counted ON time_limit (insats, clock) INCLUDE (limit_on) WHERE stopped_on IS NULL;
