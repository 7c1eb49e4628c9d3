-- A meeting is known from its booking or from having been held, whichever came here first.
SELECT case_id,
       meeting_id,
       coalesce(any_value(team) FILTER (WHERE type = 'TeamMeetingHeld'), any_value(team)) AS team,
       any_value(meets_on) FILTER (WHERE type = 'TeamMeetingBooked')                      AS meets_on,
       any_value(starts_at) FILTER (WHERE type = 'TeamMeetingBooked')                     AS starts_at,
       coalesce(any_value(mode) FILTER (WHERE type = 'TeamMeetingHeld'), any_value(mode)) AS mode,
       any_value(happened_on) FILTER (WHERE type = 'TeamMeetingBooked')                   AS booked_on,
       any_value(happened_on) FILTER (WHERE type = 'TeamMeetingHeld')                     AS held_on
FROM (
    SELECT DISTINCT ON (case_id, meeting_id, type)
           case_id,
           (data ->> 'meeting_id')::uuid AS meeting_id,
           type,
           data ->> 'team'               AS team,
           CASE type WHEN 'TeamMeetingBooked' THEN (data ->> 'meets_on')::date END  AS meets_on,
           CASE type WHEN 'TeamMeetingBooked' THEN (data ->> 'starts_at')::time END AS starts_at,
           data ->> 'mode'               AS mode,
           happened_on
    FROM known
    WHERE type IN ('TeamMeetingBooked', 'TeamMeetingHeld')
    ORDER BY case_id, meeting_id, type, sequence DESC
) AS latest
GROUP BY case_id, meeting_id
