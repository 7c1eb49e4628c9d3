-- Every event of the three domain topics, once, whatever the order and however often it came.
CREATE TABLE event_row (
    case_id       uuid        NOT NULL,
    source        text        NOT NULL COLLATE "C",
    sequence      integer     NOT NULL,
    type          text        NOT NULL COLLATE "C",
    happened_on   date        NOT NULL,
    recorded      timestamptz NOT NULL,
    partition     integer     NOT NULL,   -- where it lies on its source's topic
    record_offset bigint      NOT NULL,
    value         jsonb       NOT NULL,   -- the event as told
    PRIMARY KEY (case_id, source, sequence),
    CONSTRAINT envelope CHECK (
        source IN ('/samspel/referral', '/samspel/planning', '/samspel/followup')
        AND sequence >= 1 AND isfinite(happened_on) AND isfinite(recorded))
);

-- What facts are made of is there, and of the right kind: what could not be folded is refused when it comes.
ALTER TABLE event_row ADD CONSTRAINT can_be_folded CHECK (
    CASE type
        WHEN 'ReferralReceived' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'person_id', 'uuid'), false)
            AND coalesce(value -> 'data' ->> 'sex' IN ('woman', 'man', 'other', 'unknown'), false)
            AND coalesce(value -> 'data' ->> 'unit_kind' IN
                ('district', 'jobbtorg', 'forsakringskassan', 'arbetsformedlingen', 'health_care'), false)
            AND value -> 'data' ->> 'insats' IS NOT NULL
            AND value -> 'data' ->> 'agency' IS NOT NULL
        WHEN 'InsatsStarted' THEN value -> 'data' ->> 'insats' IS NOT NULL
        WHEN 'ParticipantExited' THEN coalesce(value -> 'data' ->> 'national_code' IN ('1', '2', '3', 'other'), true)
        WHEN 'TeamMeetingBooked' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'meeting_id', 'uuid'), false)
            AND coalesce(pg_input_is_valid(value -> 'data' ->> 'meets_on', 'date'), false)
            AND coalesce(pg_input_is_valid(value -> 'data' ->> 'starts_at', 'time'), false)
            AND value -> 'data' ->> 'team' IS NOT NULL
            AND value -> 'data' ->> 'mode' IS NOT NULL
        WHEN 'TeamMeetingHeld' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'meeting_id', 'uuid'), false)
            AND value -> 'data' ->> 'team' IS NOT NULL
            AND value -> 'data' ->> 'mode' IS NOT NULL
        WHEN 'SamplanUpprättad' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'samplan_id', 'uuid'), false)
            AND value -> 'data' ->> 'insats' IS NOT NULL
        WHEN 'LotsAssigned' THEN value -> 'data' ->> 'lots_id' IS NOT NULL
        WHEN 'FollowUpScheduled' THEN value -> 'data' ->> 'due_on' IS NOT NULL
        WHEN 'FollowUpCompleted' THEN
            coalesce(value -> 'data' ->> 'timeliness' IN ('in_time', 'late'), false)
            AND coalesce(value -> 'data' ->> 'result' IN ('all', 'some', 'none'), true)
            AND coalesce(value -> 'data' ->> 'reason' IN
                ('under_way', 'not_reachable', 'plan_not_feasible'), true)
        WHEN 'FollowUpSuperseded' THEN value -> 'data' ->> 'cause' IS NOT NULL
        ELSE true
    END
    AND CASE
        WHEN type IN ('FollowUpScheduled', 'FollowUpOpened', 'FollowUpMissed', 'FollowUpCompleted',
                      'FollowUpSuperseded') THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'follow_up_id', 'uuid'), false)
            AND coalesce(pg_input_is_valid(value -> 'data' ->> 'months', 'smallint'), false)
            AND coalesce(pg_input_is_valid(value -> 'data' ->> 'due_on', 'date'), true)
        ELSE true
    END);

-- Facts. Each row follows from the events of its case alone (services/reporting/sql/fold_*.sql).

-- One row a case: from referral to exit. Most columns are null until their event has come.
CREATE TABLE participation (
    case_id       uuid PRIMARY KEY,
    person_id     uuid,
    insats        text COLLATE "C",
    sex           text COLLATE "C" CHECK (sex IN ('woman', 'man', 'other', 'unknown')),
    consent       text COLLATE "C" CHECK (consent IN ('given', 'refused', 'withdrawn')),
    agency        text COLLATE "C",
    unit_kind     text COLLATE "C"
        CHECK (unit_kind IN ('district', 'jobbtorg', 'forsakringskassan', 'arbetsformedlingen', 'health_care')),
    referred_on   date,
    accepted_on   date,
    returned_on   date,
    return_reason text COLLATE "C",
    started_on    date,
    exited_on     date,
    exit_reason   text COLLATE "C",
    national_code text COLLATE "C" CHECK (national_code IN ('1', '2', '3', 'other')),
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
    timeliness    text COLLATE "C" CHECK (timeliness IN ('in_time', 'late')),
    result        text COLLATE "C" CHECK (result IN ('all', 'some', 'none')),
    reason        text COLLATE "C" CHECK (reason IN ('under_way', 'not_reachable', 'plan_not_feasible')),
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
