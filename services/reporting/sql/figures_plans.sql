-- $1 the year's first day, $2 the next year's.
SELECT CASE WHEN grouping(sex) = 0 THEN sex END AS sex,
       count(*)                                 AS plans,
       count(DISTINCT case_id) FILTER (WHERE met) AS met_and_planned
FROM (
    SELECT samplan.case_id,
           coalesce(referral.sex, 'unknown') AS sex,
           EXISTS (
               SELECT FROM meeting
               WHERE meeting.case_id = samplan.case_id AND meeting.team IS NOT NULL AND meeting.held_on < $2
           ) AS met
    FROM samplan
    JOIN referral USING (case_id)
    WHERE samplan.made_on >= $1 AND samplan.made_on < $2 AND referral.insats = 'finsam-team'
) AS plan
GROUP BY GROUPING SETS ((sex), ())
