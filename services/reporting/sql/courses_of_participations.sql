-- $1 the first day, $2 the day after the last. Those who started in a period (the figure "started"), by when they left, left
-- to work or studies, and were first followed up; participation_by_stay serves it.
SELECT referral.insats, coalesce(referral.sex, 'unknown') AS sex, stay.since, stay.exited,
       CASE WHEN stay.exit_reason IN ('work', 'studies') THEN stay.exited END AS to_work_or_studies, stay.followed_up,
       count(*)::integer AS count
FROM (
    SELECT participation.case_id, participation.started_on AS since, participation.exited_on AS exited,
           participation.exit_reason, min(follow_up.completed_on) AS followed_up
    FROM participation
    LEFT JOIN follow_up ON follow_up.case_id = participation.case_id
                       AND follow_up.completed_on >= participation.started_on
    WHERE participation.started_on >= $1::date AND participation.started_on < $2::date
      AND (participation.exited_on IS NULL OR participation.exited_on >= $1::date)
    GROUP BY participation.case_id, participation.episode, since, exited, participation.exit_reason
) AS stay
JOIN referral USING (case_id)
WHERE referral.insats IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6
