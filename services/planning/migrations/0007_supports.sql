-- Supports that last, for the lists of participants and for the number that a worker has. ``offered_to``: the colleague
-- who is asked to take it over. ``next_*``: the earliest thing that a day is set for, or the day on which the case ended.
CREATE TABLE ongoing_support (
    support_id uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    insats     text NOT NULL,
    role       text NOT NULL,
    worker_id  text NOT NULL,
    since      date NOT NULL,
    offered_to text,
    offered_on date,
    next_what  text,
    next_on    date
);
CREATE INDEX ongoing_support_by_worker ON ongoing_support (worker_id, since, support_id);
CREATE INDEX ongoing_support_by_role ON ongoing_support (insats, role, worker_id);
CREATE INDEX ongoing_support_by_offer ON ongoing_support (offered_to, offered_on, support_id)
    WHERE offered_to IS NOT NULL;

-- Whoever has had a role in a case of an insats. The row is locked by whoever assigns them one more, so that two cannot
-- both give them the last place.
CREATE TABLE supporter (
    insats    text NOT NULL,
    role      text NOT NULL,
    worker_id text NOT NULL,
    PRIMARY KEY (insats, role, worker_id)
);

-- Supports of before: from the events that count. A correction that was itself taken back takes nothing back, so that
-- the latest come first (contracts.corrections.effective).
CREATE TEMPORARY TABLE taken_back (stream_id uuid, event_id uuid, PRIMARY KEY (stream_id, event_id));
DO $$
DECLARE correction record;
BEGIN
    FOR correction IN
        SELECT stream_id, event_id, (convert_from(value, 'UTF8')::jsonb -> 'data' ->> 'event_id')::uuid AS wrong
        FROM event WHERE type = 'RegisteredInError' ORDER BY stream_id, sequence DESC
    LOOP
        INSERT INTO taken_back SELECT correction.stream_id, correction.wrong
        WHERE NOT EXISTS (
            SELECT FROM taken_back
            WHERE stream_id = correction.stream_id AND event_id = correction.event_id
        ) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;
CREATE TEMPORARY TABLE counting AS
SELECT stream_id, event_id, sequence, type, convert_from(value, 'UTF8')::jsonb -> 'data' AS data
FROM event
WHERE type IN (
    'LotsAssigned', 'SupportAssigned', 'SupportEnded', 'TeamMeetingBooked', 'MeetingBooked', 'TeamMeetingHeld',
    'MeetingHeld', 'MeetingCancelled', 'CalledMeetingHeld', 'InsatsStarted', 'CaseReopened', 'ParticipantExited',
    'PlanningEnded'
) AND NOT EXISTS (
    SELECT FROM taken_back WHERE taken_back.stream_id = event.stream_id AND taken_back.event_id = event.event_id
);
CREATE INDEX counting_by_stream ON counting (stream_id, type);

INSERT INTO supporter
SELECT DISTINCT received.insats, coalesce(said.data ->> 'role', 'lots'),
       coalesce(said.data ->> 'worker_id', said.data ->> 'lots_id')
FROM (
    SELECT stream_id, convert_from(value, 'UTF8')::jsonb -> 'data' AS data FROM event
    WHERE type IN ('LotsAssigned', 'SupportAssigned')
) AS said
JOIN (
    SELECT stream_id, convert_from(value, 'UTF8')::jsonb -> 'data' ->> 'insats' AS insats
    FROM heard_event WHERE source = '/samspel/referral' AND sequence = 1
) AS received USING (stream_id);

INSERT INTO ongoing_support (support_id, case_id, insats, role, worker_id, since, next_what, next_on)
SELECT (begun.data ->> 'support_id')::uuid, begun.stream_id, received.insats, coalesce(begun.data ->> 'role', 'lots'),
       coalesce(begun.data ->> 'worker_id', begun.data ->> 'lots_id'), (begun.data ->> 'happened_on')::date,
       next.what, next.day
FROM counting AS begun
JOIN (
    SELECT stream_id, convert_from(value, 'UTF8')::jsonb -> 'data' ->> 'insats' AS insats
    FROM heard_event WHERE source = '/samspel/referral' AND sequence = 1
) AS received USING (stream_id)
LEFT JOIN LATERAL (
    SELECT what, day FROM (
        SELECT 1 AS rank, (booked.data ->> 'meets_on')::date AS day, 'meeting' AS what
        FROM counting AS booked
        WHERE booked.stream_id = begun.stream_id AND booked.type IN ('TeamMeetingBooked', 'MeetingBooked')
          AND NOT EXISTS (
              SELECT FROM counting AS later
              WHERE later.stream_id = booked.stream_id AND later.sequence > booked.sequence
                AND later.data ->> 'meeting_id' = booked.data ->> 'meeting_id'
          )
        UNION ALL
        SELECT 1, meets_on, 'called_meeting' FROM awaited_party
        WHERE awaited_party.case_id = begun.stream_id AND NOT EXISTS (
            SELECT FROM counting AS held
            WHERE held.stream_id = begun.stream_id AND held.type = 'CalledMeetingHeld'
              AND held.data ->> 'call_id' = awaited_party.call_id::text
        )
        UNION ALL
        SELECT 1, follow_up_on, 'follow_up' FROM coordinated_plan
        WHERE coordinated_plan.case_id = begun.stream_id AND follow_up_on IS NOT NULL
        UNION ALL
        SELECT 2, ended.day, ended.what FROM (
            SELECT (data ->> 'happened_on')::date AS day,
                   CASE type WHEN 'ParticipantExited' THEN 'exited' WHEN 'PlanningEnded' THEN 'returned' END AS what
            FROM counting AS course
            WHERE course.stream_id = begun.stream_id
              AND course.type IN ('InsatsStarted', 'CaseReopened', 'ParticipantExited', 'PlanningEnded')
            ORDER BY sequence DESC LIMIT 1
        ) AS ended WHERE ended.what IS NOT NULL
    ) AS steps
    ORDER BY rank, day, what LIMIT 1
) AS next ON true
WHERE begun.type IN ('LotsAssigned', 'SupportAssigned') AND NOT EXISTS (
    SELECT FROM counting AS ended
    WHERE ended.stream_id = begun.stream_id AND ended.type = 'SupportEnded'
      AND ended.data ->> 'support_id' = begun.data ->> 'support_id'
);
DROP TABLE counting;
DROP TABLE taken_back;
