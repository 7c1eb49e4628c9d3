-- $1 today, $2 the year's first day.
SELECT (SELECT count(*) FROM referral
        WHERE referred_on IS NOT NULL AND accepted_on IS NULL AND returned_on IS NULL) AS waiting,
       (SELECT count(*) FROM participation WHERE started_on <= $1 AND exited_on IS NULL) AS participating,
       (SELECT count(*) FROM samplan WHERE made_on BETWEEN $2 AND $1) AS plans_this_year,
       (SELECT count(*) FROM follow_up
        WHERE due_on < $1 AND completed_on IS NULL AND superseded_on IS NULL) AS overdue
