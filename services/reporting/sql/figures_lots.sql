-- $1 the year's first day, $2 the next year's. In contact: a support by a lots that lasted on some day of the year.
SELECT CASE WHEN grouping(sex) = 0 THEN sex END                   AS sex,
       count(DISTINCT case_id)                                    AS in_contact,
       count(DISTINCT case_id) FILTER (WHERE assigned_in_year)    AS assigned
FROM (
    SELECT support.case_id, coalesce(referral.sex, 'unknown') AS sex, support.assigned_on >= $1 AS assigned_in_year
    FROM support
    JOIN referral USING (case_id)
    WHERE support.role = 'lots' AND support.assigned_on < $2 AND (support.ended_on IS NULL OR support.ended_on >= $1)
      AND referral.insats = 'finsam-team'
) AS supported
GROUP BY GROUPING SETS ((sex), ())
