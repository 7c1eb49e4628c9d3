-- What was known of a person at the referral, what a follow-up found of each activity, a team's sessions, and what
-- referrals lacked. Lists stay lists: a person has several benefits.
CREATE TABLE background (
    case_id              uuid    PRIMARY KEY,
    consents             boolean NOT NULL,
    age                  numeric,
    education            text COLLATE "C",
    public_support_years numeric,
    benefits             jsonb,
    needs                jsonb,
    CHECK (consents OR num_nonnulls(age, education, public_support_years, benefits, needs) = 0)
);

CREATE TABLE activity_finding (
    case_id      uuid    NOT NULL,
    follow_up_id uuid    NOT NULL,
    activity_id  uuid    NOT NULL,
    consents     boolean NOT NULL,
    months       smallint,
    held_on      date,
    outcome      text COLLATE "C",
    PRIMARY KEY (case_id, follow_up_id, activity_id),
    CHECK (consents OR outcome IS NULL)
);
CREATE INDEX activity_finding_by_day ON activity_finding (held_on);

CREATE TABLE team_session (
    case_id      uuid PRIMARY KEY,
    insats       text COLLATE "C",
    team         text COLLATE "C",
    meets_on     date NOT NULL,
    seats        integer,
    reserved     integer,
    extra        boolean,
    withdrawn_on date
);
CREATE INDEX team_session_by_day ON team_session (meets_on);

CREATE TABLE completion (
    case_id       uuid NOT NULL,
    completion_id uuid NOT NULL,
    asked_on      date NOT NULL,
    asked_of      text COLLATE "C",
    received_on   date,
    PRIMARY KEY (case_id, completion_id)
);
CREATE INDEX completion_by_day ON completion (asked_on);

-- The benefits that are kept after an exit, why an activity was cancelled or waits, why a call was withdrawn.
ALTER TABLE released ADD COLUMN livelihood jsonb;
ALTER TABLE participation
    ADD COLUMN livelihood jsonb,
    ADD CHECK (consents OR livelihood IS NULL);
ALTER TABLE activity
    ADD COLUMN cancelled_id   uuid,
    ADD COLUMN cancel_reason  text COLLATE "C",
    ADD COLUMN blocked_on     date,
    ADD COLUMN blocked_id     uuid,
    ADD COLUMN blocked_reason text COLLATE "C",
    ADD COLUMN unblocked_on   date,
    ADD CHECK (consents OR num_nonnulls(cancel_reason, blocked_reason) = 0);
ALTER TABLE call ADD COLUMN withdrawn_reason text COLLATE "C";
