-- $1 the first day, $2 the day after the last. Those who were referred in a period (the figure "referrals"), by when they
-- started or ended otherwise; referral_by_wait serves it.
SELECT insats, coalesce(sex, 'unknown') AS sex, referred_on AS since, started_on AS started,
       CASE WHEN started_on IS NULL THEN returned_on END AS ended_otherwise, count(*)::integer AS count
FROM referral
WHERE insats IS NOT NULL AND referred_on >= $1::date AND referred_on < $2::date
GROUP BY 1, 2, 3, 4, 5
