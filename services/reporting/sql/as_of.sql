-- $3 a moment. What was registered by then, folded; these stand where the fact tables of the same names otherwise do.
WITH known AS NOT MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data FROM event_row
    WHERE recorded <= $3::timestamptz
),
participation AS (
@fold_participation
),
meeting AS (
@fold_meeting
),
samplan AS (
@fold_samplan
),
follow_up AS (
@fold_follow_up
),
lots AS (
@fold_lots
)
