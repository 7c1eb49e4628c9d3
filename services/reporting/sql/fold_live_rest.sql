-- $1 cases, whose participations are folded. Facts never vanish as more events become known, so what is there is
-- overwritten.
WITH known AS MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data
    FROM event_row
    WHERE case_id = ANY ($1::uuid[])
),
meetings AS (
    INSERT INTO meeting
@fold_meeting
    ON CONFLICT (case_id, meeting_id) DO UPDATE SET
        (team, meets_on, starts_at, mode, booked_on, held_on) =
        (EXCLUDED.team, EXCLUDED.meets_on, EXCLUDED.starts_at, EXCLUDED.mode, EXCLUDED.booked_on, EXCLUDED.held_on)
    RETURNING 1
),
samplans AS (
    INSERT INTO samplan
@fold_samplan
    ON CONFLICT (case_id, samplan_id) DO UPDATE SET (insats, made_on) = (EXCLUDED.insats, EXCLUDED.made_on)
    RETURNING 1
),
follow_ups AS (
    INSERT INTO follow_up
@fold_follow_up
    ON CONFLICT (case_id, follow_up_id) DO UPDATE SET
        (months, due_on, opened_on, missed_on, completed_on, timeliness, result, reason, superseded_on, cause) =
        (EXCLUDED.months, EXCLUDED.due_on, EXCLUDED.opened_on, EXCLUDED.missed_on, EXCLUDED.completed_on,
         EXCLUDED.timeliness, EXCLUDED.result, EXCLUDED.reason, EXCLUDED.superseded_on, EXCLUDED.cause)
    RETURNING 1
),
lots_assigned AS (
    INSERT INTO lots
@fold_lots
    ON CONFLICT (case_id, sequence) DO UPDATE SET
        (lots_id, assigned_on) = (EXCLUDED.lots_id, EXCLUDED.assigned_on)
    RETURNING 1
)
SELECT (SELECT count(*) FROM meetings)       AS meeting,
       (SELECT count(*) FROM samplans)       AS samplan,
       (SELECT count(*) FROM follow_ups)     AS follow_up,
       (SELECT count(*) FROM lots_assigned)  AS lots
