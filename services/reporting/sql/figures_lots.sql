-- $1 the year's first day, $2 the next year's.
SELECT CASE WHEN grouping(sex) = 0 THEN sex END AS sex, count(DISTINCT case_id) AS cases
FROM (
    SELECT lots.case_id, coalesce(participation.sex, 'unknown') AS sex
    FROM lots
    JOIN participation USING (case_id)
    WHERE assigned_on >= $1 AND assigned_on < $2 AND insats = 'finsam-team'
) AS assigned
GROUP BY GROUPING SETS ((sex), ())
