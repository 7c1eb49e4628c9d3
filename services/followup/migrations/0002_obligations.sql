-- Obligations are folded from the log now. The tables of 0001 held state that the log has; nothing released wrote them.
DROP TABLE follow_up;
DROP TABLE samplan;
DROP TABLE consent;

-- One row for each follow-up, for lists: what the ledger says of it. The log decides, never these rows.
CREATE TABLE follow_up (
    follow_up_id uuid     PRIMARY KEY,
    case_id      uuid     NOT NULL,
    point        text     NOT NULL,  -- its id in the insats' rule
    anchor       uuid     NOT NULL,  -- the event its days are counted from
    samplan_id   uuid,
    months       smallint,
    insats       text     NOT NULL,
    rule_version integer  NOT NULL,
    responsible  text     NOT NULL,  -- the catalogue's role
    worked_by    text     NOT NULL,  -- the sign-in role in whose list it stands
    anchored_on  date     NOT NULL,
    nominal_on   date     NOT NULL,
    due_on       date     NOT NULL,
    opens_on     date     NOT NULL,
    closes_on    date     NOT NULL,
    state        text     NOT NULL CHECK (state IN ('owed', 'completed', 'superseded')),
    opened       boolean  NOT NULL,
    missed_on    date,
    ended_on     date,               -- the day it was held, or superseded
    timeliness   text,
    completed_by uuid,               -- the event
    details_released boolean NOT NULL,
    CHECK (opens_on <= due_on AND nominal_on <= due_on AND due_on <= closes_on),
    CHECK ((ended_on IS NOT NULL) = (state IN ('completed', 'superseded')))
);

CREATE INDEX follow_up_by_case ON follow_up (case_id);

-- The work list: what is still owed, most urgent first. Counting it needs the index alone.
CREATE INDEX follow_up_owed ON follow_up (worked_by, due_on, follow_up_id) INCLUDE (opens_on)
WHERE ended_on IS NULL;

-- What a held follow-up found, with or without consent. Its event carries it only with consent.
CREATE TABLE follow_up_finding (
    follow_up_id  uuid   PRIMARY KEY,
    case_id       uuid   NOT NULL,
    held_on       date   NOT NULL,
    result        text   NOT NULL,
    reason        text,
    activity_ids  uuid[] NOT NULL,
    outcomes      text[] NOT NULL,   -- of the activity in the same place
    registered_by text   NOT NULL,   -- the signed-in user who reported it
    CHECK (cardinality(activity_ids) = cardinality(outcomes))
);

CREATE INDEX follow_up_finding_by_case ON follow_up_finding (case_id);
