-- A meeting is known from its booking or from having been held, whichever came here first.
SELECT case_id,
       meeting_id,
       coalesce(held.team, booked.team) AS team,
       booked.meets_on,
       booked.starts_at,
       coalesce(held.mode, booked.mode) AS mode,
       booked.happened_on               AS booked_on,
       held.happened_on                 AS held_on
FROM (
    SELECT DISTINCT ON (case_id, meeting_id) case_id, meeting_id, team, meets_on, starts_at, mode, happened_on
    FROM known WHERE type = 'TeamMeetingBooked' ORDER BY case_id, meeting_id, sequence DESC
) AS booked
FULL JOIN (
    SELECT DISTINCT ON (case_id, meeting_id) case_id, meeting_id, team, mode, happened_on
    FROM known WHERE type = 'TeamMeetingHeld' ORDER BY case_id, meeting_id, sequence DESC
) AS held USING (case_id, meeting_id)
