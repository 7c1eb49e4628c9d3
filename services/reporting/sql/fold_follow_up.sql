-- A miss stays when the follow-up is held later. Without consent result and reason are left out.
SELECT case_id, follow_up_id, months, due_on, opened_on, missed_on, completed_on, timeliness,
       CASE WHEN consent = 'given' THEN result END AS result,
       CASE WHEN consent = 'given' THEN reason END AS reason,
       superseded_on, cause
FROM (
    SELECT case_id,
           follow_up_id,
           max(months)                                                          AS months,
           max(due_on)                                                          AS due_on,
           any_value(happened_on) FILTER (WHERE type = 'FollowUpOpened')        AS opened_on,
           any_value(happened_on) FILTER (WHERE type = 'FollowUpMissed')        AS missed_on,
           any_value(happened_on) FILTER (WHERE type = 'FollowUpCompleted')     AS completed_on,
           any_value(timeliness) FILTER (WHERE type = 'FollowUpCompleted')      AS timeliness,
           any_value(result) FILTER (WHERE type = 'FollowUpCompleted')          AS result,
           any_value(reason) FILTER (WHERE type = 'FollowUpCompleted')          AS reason,
           any_value(happened_on) FILTER (WHERE type = 'FollowUpSuperseded')    AS superseded_on,
           any_value(cause) FILTER (WHERE type = 'FollowUpSuperseded')          AS cause
    FROM (
        SELECT DISTINCT ON (case_id, follow_up_id, type)
               case_id,
               (data ->> 'follow_up_id')::uuid AS follow_up_id,
               type,
               (data ->> 'months')::smallint   AS months,
               (data ->> 'due_on')::date       AS due_on,
               happened_on,
               data ->> 'timeliness'           AS timeliness,
               data ->> 'result'               AS result,
               data ->> 'reason'               AS reason,
               data ->> 'cause'                AS cause
        FROM known
        WHERE type IN ('FollowUpScheduled', 'FollowUpOpened', 'FollowUpMissed', 'FollowUpCompleted',
                       'FollowUpSuperseded')
        ORDER BY case_id, follow_up_id, type, sequence DESC
    ) AS latest
    GROUP BY case_id, follow_up_id
) AS gathered
LEFT JOIN participation USING (case_id)
