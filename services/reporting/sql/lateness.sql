-- $1 the first day, $2 the day after the last. Of what people and agencies registered of days in a period, by type: how
-- many days after the day it happened. What the services conclude by themselves is never late.
SELECT type, count(*)::integer AS registered,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS median_days,
       (count(*) FILTER (WHERE days > 7))::integer AS over_a_week,
       (count(*) FILTER (WHERE days > 30))::integer AS over_a_month
FROM (
    SELECT type, (recorded AT TIME ZONE 'Europe/Stockholm')::date - happened_on AS days
    FROM event_row
    WHERE happened_on >= $1 AND happened_on < $2 AND learnt
      AND value ->> 'actor' LIKE ANY (ARRAY['worker:%', 'agency:%', 'person'])
) AS event
GROUP BY type
ORDER BY over_a_month DESC, over_a_week DESC, type
