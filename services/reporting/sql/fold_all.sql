-- Into empty fact tables, from all events.
INSERT INTO participation
WITH known AS NOT MATERIALIZED (SELECT * FROM event_row)
@fold_participation
;
INSERT INTO meeting
WITH known AS NOT MATERIALIZED (SELECT * FROM event_row)
@fold_meeting
;
INSERT INTO samplan
WITH known AS NOT MATERIALIZED (SELECT * FROM event_row)
@fold_samplan
;
INSERT INTO follow_up
WITH known AS NOT MATERIALIZED (SELECT * FROM event_row)
@fold_follow_up
;
INSERT INTO lots
WITH known AS NOT MATERIALIZED (SELECT * FROM event_row)
@fold_lots
;
