-- $1 the year's first day, $2 the next year's. One row for each insats and sex, each insats, each sex, and all.
SELECT CASE WHEN grouping(insats) = 0 THEN insats END AS insats,
       CASE WHEN grouping(sex) = 0 THEN sex END       AS sex,
       count(*)                                       AS participants,
       count(*) FILTER (WHERE NOT consents)           AS without_consent,
       count(*) FILTER (WHERE started_on < $1)        AS carried_in,
       count(*) FILTER (WHERE started_on >= $1)       AS started,
       count(*) FILTER (WHERE left_in_year)           AS exited,
       count(*) FILTER (WHERE left_in_year AND consents AND national_code = '1')     AS reason_1,
       count(*) FILTER (WHERE left_in_year AND consents AND national_code = '2')     AS reason_2,
       count(*) FILTER (WHERE left_in_year AND consents AND national_code = '3')     AS reason_3,
       count(*) FILTER (WHERE left_in_year AND consents
                          AND national_code IN ('other', 'moved', 'parental_leave', 'none')) AS other,
       count(*) FILTER (WHERE left_in_year AND NOT consents)                         AS exited_without_consent,
       count(*) FILTER (WHERE left_in_year AND consents AND national_code IS NULL)   AS not_stated,
       count(*) FILTER (WHERE NOT left_in_year)       AS open_at_year_end
FROM (
    SELECT referral.insats,
           coalesce(referral.sex, 'unknown')               AS sex,
           participation.started_on,
           participation.national_code,
           participation.consents,
           exited_on IS NOT NULL AND exited_on < $2        AS left_in_year
    FROM participation
    JOIN referral USING (case_id)
    WHERE referral.insats IS NOT NULL
      AND participation.started_on < $2 AND (exited_on IS NULL OR exited_on >= $1)
) AS stay
GROUP BY CUBE (insats, sex)
