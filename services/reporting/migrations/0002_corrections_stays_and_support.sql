-- Events may be corrected, a case may have several stays, a support ends, and codes belong to the catalogue.
-- The tables of facts are made anew, and stay empty until the events are folded again:
-- python -m services.reporting.rebuild --replace.

-- Not learnt: of a type or with a code that the version which stored it did not know; folded once a version knows it.
ALTER TABLE event_row ADD COLUMN learnt boolean NOT NULL DEFAULT true;
CREATE INDEX event_row_not_learnt ON event_row (case_id, source, sequence) WHERE NOT learnt;

-- What is folded has the form that the folds read. Codes are not looked at: Python has held the event against its
-- contract, and the catalogue's codes are anybody's.
ALTER TABLE event_row DROP CONSTRAINT can_be_folded;
ALTER TABLE event_row ADD CONSTRAINT can_be_folded CHECK (
    NOT learnt OR (
    CASE type
        WHEN 'ReferralReceived' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'person_id', 'uuid'), false)
        WHEN 'ParticipantExited' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'episode', 'integer'), true)
        WHEN 'CaseReopened' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'episode', 'integer'), false)
        WHEN 'PlanningDetailsReleased' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'event_id', 'uuid'), false)
        WHEN 'SamplanReviderad' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'version', 'integer'), false)
        ELSE true
    END
    AND pg_input_is_valid(value ->> 'id', 'uuid')
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'meeting_id', 'uuid'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'meets_on', 'date'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'starts_at', 'time'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'samplan_id', 'uuid'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'support_id', 'uuid'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'follow_up_id', 'uuid'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'anchor', 'uuid'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'months', 'smallint'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'due_on', 'date'), true))
) NOT VALID;

DROP TABLE participation, meeting, samplan, follow_up, lots;

-- Each row follows from the events of its case alone (services/reporting/facts.py says how).

-- Events that a correction took back.
CREATE TABLE not_counted (
    case_id  uuid    NOT NULL,
    source   text    NOT NULL COLLATE "C",
    sequence integer NOT NULL,
    PRIMARY KEY (case_id, source, sequence)
);

CREATE TABLE consent (
    case_id   uuid NOT NULL,
    purpose   text NOT NULL COLLATE "C",
    status    text NOT NULL COLLATE "C" CHECK (status IN ('given', 'refused', 'withdrawn')),
    stated_on date NOT NULL,
    PRIMARY KEY (case_id, purpose)
);

CREATE TABLE released (
    case_id       uuid NOT NULL,
    event_id      uuid NOT NULL,
    reason        text COLLATE "C",
    national_code text COLLATE "C",
    PRIMARY KEY (case_id, event_id)
);

-- One row a case: who was referred, whence, and what became of the referral.
CREATE TABLE referral (
    case_id       uuid PRIMARY KEY,
    consents      boolean NOT NULL,
    person_id     uuid,
    insats        text COLLATE "C",
    sex           text COLLATE "C" CHECK (sex IN ('woman', 'man', 'other', 'unknown')),
    agency        text COLLATE "C",
    unit_kind     text COLLATE "C",
    referred_on   date,
    accepted_on   date,
    returned_on   date,
    return_reason text COLLATE "C",
    started_on    date,
    CHECK (consents OR return_reason IS NULL)
);
CREATE INDEX referral_waiting ON referral (case_id)
    WHERE referred_on IS NOT NULL AND accepted_on IS NULL AND returned_on IS NULL;

-- One row a stay: 1 from the start, 2 from the first reopening, with the exit that ended it.
CREATE TABLE participation (
    case_id       uuid    NOT NULL,
    episode       integer NOT NULL,
    consents      boolean NOT NULL,
    started_on    date,
    exited_on     date,
    exit_id       uuid,
    exit_reason   text COLLATE "C",
    national_code text COLLATE "C"
        CHECK (national_code IN ('1', '2', '3', 'parental_leave', 'moved', 'other', 'none')),
    PRIMARY KEY (case_id, episode),
    CHECK (consents OR num_nonnulls(exit_reason, national_code) = 0)
);
CREATE INDEX participation_by_stay ON participation (started_on, exited_on);

CREATE TABLE meeting (
    case_id       uuid NOT NULL,
    meeting_id    uuid NOT NULL,
    team          text COLLATE "C",
    kind          text COLLATE "C",
    meets_on      date,
    starts_at     time,
    mode          text COLLATE "C",
    booked_on     date,
    held_on       date,
    cancelled_on  date,
    cancel_reason text COLLATE "C",
    PRIMARY KEY (case_id, meeting_id)
);
CREATE INDEX meeting_by_day_held ON meeting (held_on);

CREATE TABLE samplan (
    case_id    uuid NOT NULL,
    samplan_id uuid NOT NULL,
    insats     text NOT NULL COLLATE "C",
    made_on    date NOT NULL,
    version    integer,
    revised_on date,
    PRIMARY KEY (case_id, samplan_id)
);
CREATE INDEX samplan_by_day_made ON samplan (made_on);

CREATE TABLE follow_up (
    case_id       uuid    NOT NULL,
    follow_up_id  uuid    NOT NULL,
    consents      boolean NOT NULL,
    point         text COLLATE "C",
    anchor        uuid,
    months        smallint,
    due_on        date,
    opened_on     date,
    missed_on     date,
    completed_on  date,
    timeliness    text COLLATE "C" CHECK (timeliness IN ('in_time', 'late')),
    result        text COLLATE "C" CHECK (result IN ('all', 'some', 'none')),
    reason        text COLLATE "C" CHECK (reason IN ('under_way', 'not_reachable', 'plan_not_feasible')),
    superseded_on date,
    cause         text COLLATE "C",
    PRIMARY KEY (case_id, follow_up_id),
    CHECK (consents OR num_nonnulls(result, reason) = 0)
);
CREATE INDEX follow_up_by_day_completed ON follow_up (completed_on);
CREATE INDEX follow_up_owed ON follow_up (due_on) WHERE completed_on IS NULL AND superseded_on IS NULL;

-- From the day the support began to its last day; null while it lasts.
CREATE TABLE support (
    case_id     uuid NOT NULL,
    support_id  uuid NOT NULL,
    role        text NOT NULL COLLATE "C",
    worker_id   text NOT NULL COLLATE "C",
    assigned_on date NOT NULL,
    ended_on    date,
    end_reason  text COLLATE "C",
    PRIMARY KEY (case_id, support_id)
);
CREATE INDEX support_by_role ON support (role, assigned_on);
