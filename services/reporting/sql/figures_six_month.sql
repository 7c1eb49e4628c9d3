-- $1 the year's first day, $2 the next year's.
SELECT count(*)                                           AS total,
       count(*) FILTER (WHERE result = 'all')             AS all,
       count(*) FILTER (WHERE result = 'some')            AS some,
       count(*) FILTER (WHERE result = 'none')            AS none,
       count(*) FILTER (WHERE NOT consents)               AS without_consent,
       count(*) FILTER (WHERE consents AND result IS NULL) AS not_stated,
       count(*) FILTER (WHERE result = 'none' AND reason = 'under_way')         AS none_under_way,
       count(*) FILTER (WHERE result = 'none' AND reason = 'not_reachable')     AS none_not_reachable,
       count(*) FILTER (WHERE result = 'none' AND reason = 'plan_not_feasible') AS none_plan_not_feasible
FROM (
    SELECT follow_up.result, follow_up.reason, follow_up.consents
    FROM follow_up
    JOIN referral USING (case_id)
    WHERE completed_on >= $1 AND completed_on < $2 AND months = 6 AND insats = 'finsam-team'
) AS held
