-- Into empty fact tables, from all events: first participation, which follow_up asks for consent.
INSERT INTO participation
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_participation
;
INSERT INTO follow_up
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_follow_up
;
WITH known AS MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
    WHERE type IN ('TeamMeetingBooked', 'TeamMeetingHeld', 'SamplanUpprättad', 'LotsAssigned')
),
meetings AS (
    INSERT INTO meeting
@fold_meeting
),
samplans AS (
    INSERT INTO samplan
@fold_samplan
)
INSERT INTO lots
@fold_lots
