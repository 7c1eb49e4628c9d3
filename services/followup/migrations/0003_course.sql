-- Whose a follow-up is, how often it was tried, and with whom it was brought up; and those that are not to be held.
ALTER TABLE follow_up RENAME COLUMN completed_by TO ended_by;  -- the event that says how it ended
ALTER TABLE follow_up
    ADD COLUMN worker_id    text,                        -- whose it is; none: anybody's of worked_by
    ADD COLUMN offered_to   text,                        -- who is asked to take it over
    ADD COLUMN taken_by     text,                        -- who took it over, if anybody
    ADD COLUMN taken_since  date,
    ADD COLUMN attempts     smallint NOT NULL DEFAULT 0,
    ADD COLUMN reminded     text     NOT NULL DEFAULT '',     -- the reminders that were sent: their ids with spaces between
    ADD COLUMN escalated_to text,                        -- the last of those above whom it was brought up with
    DROP CONSTRAINT follow_up_state_check,
    DROP CONSTRAINT follow_up_check1,
    ADD CHECK (state IN ('owed', 'completed', 'not_applicable', 'superseded')),
    ADD CHECK ((ended_on IS NOT NULL) = (state <> 'owed'));

-- One person's list, and what somebody is asked to take over.
CREATE INDEX follow_up_of_worker ON follow_up (worker_id, due_on, follow_up_id) INCLUDE (opens_on)
WHERE ended_on IS NULL AND worker_id IS NOT NULL;
CREATE INDEX follow_up_offered ON follow_up (offered_to, due_on)
WHERE ended_on IS NULL AND offered_to IS NOT NULL;
CREATE INDEX follow_up_escalated ON follow_up (escalated_to, due_on, follow_up_id)
WHERE ended_on IS NULL AND escalated_to IS NOT NULL;

-- One row for each time limit, for lists. The log decides, never these rows.
CREATE TABLE time_limit (
    deadline_id  uuid    PRIMARY KEY,
    case_id      uuid    NOT NULL,
    insats       text    NOT NULL,
    rule_version integer NOT NULL,
    clock        text    NOT NULL,  -- its id in the insats' rule
    party        text,              -- whom it runs for, where each has one of its own
    started_on   date    NOT NULL,
    limit_on     date    NOT NULL,  -- the last day within it
    state        text    NOT NULL CHECK (state IN ('running', 'met', 'passed')),
    stopped_on   date,              -- what it waits for happened, within the limit or after it
    CHECK (started_on <= limit_on),
    CHECK (state <> 'met' OR stopped_on IS NOT NULL)
);

CREATE INDEX time_limit_by_case ON time_limit (case_id);

-- What is still waited for, the longest passed first.
CREATE INDEX time_limit_waited_for ON time_limit (limit_on, deadline_id) WHERE stopped_on IS NULL;
