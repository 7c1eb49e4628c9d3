-- What is answered of an exit beside its reason, and each hand-back to the referrer. Nothing to fill in: no earlier event
-- has them.
ALTER TABLE released
    ADD COLUMN destination        text COLLATE "C",
    ADD COLUMN extent_percent     smallint,
    ADD COLUMN support            text COLLATE "C",
    ADD COLUMN why                text COLLATE "C",
    ADD COLUMN continued_planning boolean;
ALTER TABLE participation
    ADD COLUMN destination        text COLLATE "C",
    ADD COLUMN extent_percent     smallint,
    ADD COLUMN support            text COLLATE "C",
    ADD COLUMN why                text COLLATE "C",
    ADD COLUMN continued_planning boolean,
    ADD CONSTRAINT answers_with_consent CHECK (
        consents OR num_nonnulls(destination, extent_percent, support, why, continued_planning) = 0
    );

CREATE TABLE hand_back (
    case_id         uuid NOT NULL,
    hand_back_id    uuid NOT NULL,
    episode         integer,
    handed_back_on  date NOT NULL,
    acknowledged_on date,
    PRIMARY KEY (case_id, hand_back_id)
);
CREATE INDEX hand_back_by_day ON hand_back (handed_back_on);

-- The constraint of 0002, and what the columns above are made of.
ALTER TABLE event_row DROP CONSTRAINT can_be_folded;
ALTER TABLE event_row ADD CONSTRAINT can_be_folded CHECK (
    NOT learnt OR (
    CASE type
        WHEN 'ReferralReceived' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'person_id', 'uuid'), false)
        WHEN 'ParticipantExited' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'episode', 'integer'), true)
        WHEN 'CaseReopened' THEN coalesce(pg_input_is_valid(value -> 'data' ->> 'episode', 'integer'), false)
        WHEN 'CaseHandedBack' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'hand_back_id', 'uuid'), false)
            AND coalesce(pg_input_is_valid(value -> 'data' ->> 'episode', 'integer'), false)
        WHEN 'HandBackAcknowledged' THEN
            coalesce(pg_input_is_valid(value -> 'data' ->> 'hand_back_id', 'uuid'), false)
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
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'due_on', 'date'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'extent_percent', 'smallint'), true)
    AND coalesce(pg_input_is_valid(value -> 'data' ->> 'continued_planning', 'boolean'), true))
) NOT VALID;
