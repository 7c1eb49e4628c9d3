-- $1 the year's first day, $2 the next year's. A session is a team's time for meetings: same team, day and hour.
SELECT count(*)                                                AS meetings,
       count(*) FILTER (WHERE unit_kind = 'district')          AS meetings_by_districts,
       count(DISTINCT team)                                    AS teams,
       coalesce(max(cases) FILTER (WHERE meets_on IS NOT NULL), 0) AS max_cases_per_session
FROM (
    SELECT unit_kind, team, meets_on, count(*) OVER (PARTITION BY team, meets_on, starts_at) AS cases
    FROM meeting
    JOIN referral USING (case_id)
    WHERE held_on >= $1 AND held_on < $2 AND insats = 'finsam-team' AND team IS NOT NULL
) AS held
