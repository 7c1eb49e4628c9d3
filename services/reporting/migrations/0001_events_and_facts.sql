-- Every event of the three domain topics, once, whatever the order and however often it came. Its fields are given
-- their types when it is taken in, so that what does not fit is refused then and the fold can never fail.
CREATE TABLE event_row (
    case_id       uuid        NOT NULL,
    source        text        NOT NULL COLLATE "C",
    sequence      integer     NOT NULL,
    event_id      uuid        NOT NULL,
    type          text        NOT NULL COLLATE "C",
    happened_on   date        NOT NULL,
    recorded      timestamptz NOT NULL,
    partition     integer     NOT NULL,   -- where it lies on its source's topic
    record_offset bigint      NOT NULL,
    data          jsonb       NOT NULL,   -- as told, for those who want to see it
    person_id     uuid,
    insats        text COLLATE "C",
    agency        text COLLATE "C",
    unit_kind     text COLLATE "C",
    sex           text COLLATE "C",
    reason        text COLLATE "C",
    national_code text COLLATE "C",
    meeting_id    uuid,
    team          text COLLATE "C",
    meets_on      date,
    starts_at     time,
    mode          text COLLATE "C",
    samplan_id    uuid,
    lots_id       text COLLATE "C",
    follow_up_id  uuid,
    months        smallint,
    due_on        date,
    timeliness    text COLLATE "C",
    result        text COLLATE "C",
    cause         text COLLATE "C",
    PRIMARY KEY (case_id, source, sequence),
    CHECK (source IN ('/samspel/referral', '/samspel/planning', '/samspel/followup')),
    CHECK (sequence >= 1),
    CHECK (isfinite(happened_on)),
    CHECK (isfinite(recorded)),
    CHECK (sex IN ('woman', 'man', 'other', 'unknown')),
    CHECK (unit_kind IN ('district', 'jobbtorg', 'forsakringskassan', 'arbetsformedlingen', 'health_care')),
    CHECK (national_code IN ('1', '2', '3', 'other')),
    CHECK (timeliness IN ('in_time', 'late')),
    CHECK (result IN ('all', 'some', 'none')),
    CONSTRAINT what_each_type_says CHECK (
        CASE type
            WHEN 'ReferralReceived'   THEN num_nulls(person_id, insats, agency, unit_kind, sex) = 0
            WHEN 'TeamMeetingBooked'  THEN num_nulls(meeting_id, team, meets_on, starts_at, mode) = 0
            WHEN 'TeamMeetingHeld'    THEN num_nulls(meeting_id, team, mode) = 0
            WHEN 'SamplanUpprättad'   THEN num_nulls(samplan_id, insats) = 0
            WHEN 'InsatsStarted'      THEN insats IS NOT NULL
            WHEN 'LotsAssigned'       THEN lots_id IS NOT NULL
            WHEN 'ParticipantExited'  THEN insats IS NOT NULL
            WHEN 'FollowUpScheduled'  THEN num_nulls(follow_up_id, samplan_id, months, due_on) = 0
            WHEN 'FollowUpOpened'     THEN num_nulls(follow_up_id, samplan_id, months, due_on) = 0
            WHEN 'FollowUpMissed'     THEN num_nulls(follow_up_id, samplan_id, months, due_on) = 0
            WHEN 'FollowUpCompleted'  THEN num_nulls(follow_up_id, samplan_id, months, due_on, timeliness) = 0
                AND (reason IS NULL OR reason IN ('under_way', 'not_reachable', 'plan_not_feasible'))
            WHEN 'FollowUpSuperseded' THEN num_nulls(follow_up_id, samplan_id, months, cause) = 0
            ELSE true
        END)
);

-- Facts. Each row follows from the events of its case alone (services/reporting/sql/fold_*.sql).

-- One row a case: from referral to exit. Most columns are null until their event has come.
CREATE TABLE participation (
    case_id       uuid PRIMARY KEY,
    person_id     uuid,
    insats        text COLLATE "C",
    sex           text COLLATE "C",
    consent       text COLLATE "C" CHECK (consent IN ('given', 'refused', 'withdrawn')),
    agency        text COLLATE "C",
    unit_kind     text COLLATE "C",
    referred_on   date,
    accepted_on   date,
    returned_on   date,
    return_reason text COLLATE "C",
    started_on    date,
    exited_on     date,
    exit_reason   text COLLATE "C",
    national_code text COLLATE "C",
    CHECK (consent IS NOT DISTINCT FROM 'given' OR num_nonnulls(return_reason, exit_reason, national_code) = 0)
);
CREATE INDEX participation_by_stay ON participation (started_on, exited_on);
CREATE INDEX participation_waiting ON participation (case_id)
    WHERE referred_on IS NOT NULL AND accepted_on IS NULL AND returned_on IS NULL;

CREATE TABLE meeting (
    case_id    uuid NOT NULL,
    meeting_id uuid NOT NULL,
    team       text NOT NULL COLLATE "C",
    meets_on   date,
    starts_at  time,
    mode       text NOT NULL COLLATE "C",
    booked_on  date,
    held_on    date,
    PRIMARY KEY (case_id, meeting_id)
);
CREATE INDEX meeting_by_day_held ON meeting (held_on);

CREATE TABLE samplan (
    case_id    uuid NOT NULL,
    samplan_id uuid NOT NULL,
    insats     text NOT NULL COLLATE "C",
    made_on    date NOT NULL,
    PRIMARY KEY (case_id, samplan_id)
);
CREATE INDEX samplan_by_day_made ON samplan (made_on);

CREATE TABLE follow_up (
    case_id       uuid     NOT NULL,
    follow_up_id  uuid     NOT NULL,
    months        smallint NOT NULL,
    due_on        date,
    opened_on     date,
    missed_on     date,
    completed_on  date,
    timeliness    text COLLATE "C",
    result        text COLLATE "C",
    reason        text COLLATE "C",
    superseded_on date,
    cause         text COLLATE "C",
    PRIMARY KEY (case_id, follow_up_id)
);
CREATE INDEX follow_up_by_day_completed ON follow_up (completed_on);
CREATE INDEX follow_up_owed ON follow_up (due_on) WHERE completed_on IS NULL AND superseded_on IS NULL;

CREATE TABLE lots (
    case_id     uuid    NOT NULL,
    sequence    integer NOT NULL,
    lots_id     text    NOT NULL COLLATE "C",
    assigned_on date    NOT NULL,
    PRIMARY KEY (case_id, sequence)
);
CREATE INDEX lots_by_day_assigned ON lots (assigned_on);
