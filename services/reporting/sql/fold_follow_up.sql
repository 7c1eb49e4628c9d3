-- A miss stays when the follow-up is held later. Without consent result and reason are left out.
SELECT case_id,
       follow_up_id,
       every.months,
       every.due_on,
       every.opened_on,
       every.missed_on,
       completed.happened_on                                       AS completed_on,
       completed.timeliness,
       CASE WHEN consent.state = 'given' THEN completed.result END AS result,
       CASE WHEN consent.state = 'given' THEN completed.reason END AS reason,
       superseded.happened_on                                      AS superseded_on,
       superseded.cause
FROM (
    SELECT case_id,
           follow_up_id,
           max(months)                                                  AS months,
           max(due_on)                                                  AS due_on,
           max(happened_on) FILTER (WHERE type = 'FollowUpOpened')      AS opened_on,
           max(happened_on) FILTER (WHERE type = 'FollowUpMissed')      AS missed_on
    FROM known
    WHERE type IN ('FollowUpScheduled', 'FollowUpOpened', 'FollowUpMissed', 'FollowUpCompleted', 'FollowUpSuperseded')
    GROUP BY case_id, follow_up_id
) AS every
LEFT JOIN (
    SELECT DISTINCT ON (case_id, follow_up_id) case_id, follow_up_id, happened_on, timeliness, result, reason
    FROM known WHERE type = 'FollowUpCompleted' ORDER BY case_id, follow_up_id, sequence DESC
) AS completed USING (case_id, follow_up_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id, follow_up_id) case_id, follow_up_id, happened_on, cause
    FROM known WHERE type = 'FollowUpSuperseded' ORDER BY case_id, follow_up_id, sequence DESC
) AS superseded USING (case_id, follow_up_id)
LEFT JOIN consent USING (case_id)
