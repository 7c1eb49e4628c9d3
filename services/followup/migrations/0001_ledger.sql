-- What a person last said of individual follow-up.
CREATE TABLE consent (
    case_id uuid PRIMARY KEY,
    choice  text NOT NULL CHECK (choice IN ('given', 'refused', 'withdrawn'))
);

-- A samplan that owes follow-ups, and the activities they ask about.
CREATE TABLE samplan (
    samplan_id uuid  PRIMARY KEY,
    case_id    uuid  NOT NULL,
    activities jsonb NOT NULL   -- PlannedActivity, as planning's event has them
);

-- One obligation. What was found when it was held stays here; its event carries it only with consent.
CREATE TABLE follow_up (
    follow_up_id  uuid     PRIMARY KEY,
    case_id       uuid     NOT NULL,
    samplan_id    uuid     NOT NULL REFERENCES samplan,
    insats        text     NOT NULL,
    rule_version  integer  NOT NULL,
    months        smallint NOT NULL,
    responsible   text     NOT NULL,
    planned_on    date     NOT NULL,
    nominal_on    date     NOT NULL,
    due_on        date     NOT NULL,
    opens_on      date     NOT NULL,
    closes_on     date     NOT NULL,
    state         text     NOT NULL DEFAULT 'scheduled'
                  CHECK (state IN ('scheduled', 'opened', 'missed', 'completed', 'superseded')),
    missed_on     date,
    ended_on      date,     -- the day it was held, or superseded
    timeliness    text,
    result        text,
    reason        text,
    findings      jsonb,    -- ActivityFinding
    registered_by text,     -- the signed-in user who reported it
    UNIQUE (samplan_id, months),
    CHECK (opens_on <= due_on AND nominal_on <= due_on AND due_on <= closes_on),
    CHECK ((ended_on IS NOT NULL) = (state IN ('completed', 'superseded'))),
    CHECK ((timeliness IS NOT NULL) = (state = 'completed')),
    CHECK (state <> 'missed' OR missed_on IS NOT NULL)
);

CREATE INDEX follow_up_by_case ON follow_up (case_id);

-- The work list: what a role still owes, most urgent first. Counting it needs the index alone.
CREATE INDEX follow_up_owed ON follow_up (responsible, due_on, follow_up_id) INCLUDE (opens_on)
WHERE ended_on IS NULL;
