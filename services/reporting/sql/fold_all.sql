-- Into empty fact tables, from all events. In this order: follow_up asks participation for consent.
INSERT INTO participation
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_participation
;
INSERT INTO meeting
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_meeting
;
INSERT INTO samplan
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_samplan
;
INSERT INTO follow_up
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_follow_up
;
INSERT INTO lots
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
)
@fold_lots
