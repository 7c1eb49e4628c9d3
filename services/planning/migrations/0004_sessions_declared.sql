-- What a coordinator declared of a session; all NULL where nothing was: then the insats' rule alone says how many
-- places it has. The row is written in the transaction that appends the declaration, and locked by whoever takes a seat.
ALTER TABLE team_session
    ADD COLUMN seats        integer,
    ADD COLUMN reserved     integer,
    ADD COLUMN reserved_for text,
    ADD COLUMN area         text,
    ADD COLUMN extra        boolean,
    ADD COLUMN cancelled    boolean;
CREATE INDEX team_session_by_day ON team_session (insats, meets_on, starts_at, team);

-- How the case of a seat meets, and whether its meeting has been held. Seats taken earlier get it from their events.
ALTER TABLE session_seat ADD COLUMN mode text, ADD COLUMN held boolean NOT NULL DEFAULT false;
UPDATE session_seat SET (mode, held) = (
    SELECT value::jsonb -> 'data' ->> 'mode', type = 'TeamMeetingHeld'
    FROM (
        SELECT type, sequence, convert_from(value, 'UTF8') AS value FROM event
        WHERE stream_id = session_seat.case_id AND type IN ('TeamMeetingBooked', 'TeamMeetingHeld')
    ) AS of_meeting
    WHERE (value::jsonb -> 'data' ->> 'meeting_id')::uuid = session_seat.meeting_id
    ORDER BY sequence DESC LIMIT 1
);
ALTER TABLE session_seat ALTER COLUMN mode SET NOT NULL, ALTER COLUMN held DROP DEFAULT;

-- Accepted cases without a seat, for a list with the oldest first.
CREATE TABLE awaiting_seat (
    case_id     uuid PRIMARY KEY,
    insats      text NOT NULL,
    unit        text NOT NULL,
    referred_on date NOT NULL,
    accepted_on date NOT NULL
);
CREATE INDEX awaiting_seat_oldest ON awaiting_seat (insats, accepted_on, case_id);
-- Cases that wait already. FINSAM-team was the only insats with sessions when this was written.
INSERT INTO awaiting_seat
SELECT received.stream_id, received.data ->> 'insats', received.data ->> 'unit',
       (received.data ->> 'happened_on')::date, (answer.data ->> 'happened_on')::date
FROM (
    SELECT stream_id, convert_from(value, 'UTF8')::jsonb AS event, convert_from(value, 'UTF8')::jsonb -> 'data' AS data
    FROM heard_event WHERE source = '/samspel/referral' AND sequence = 1
) AS received
CROSS JOIN LATERAL (
    SELECT event ->> 'type' AS type, event -> 'data' AS data
    FROM (
        SELECT sequence, convert_from(value, 'UTF8')::jsonb AS event FROM heard_event
        WHERE stream_id = received.stream_id AND source = '/samspel/referral'
    ) AS heard
    WHERE event ->> 'type' IN ('ReferralAccepted', 'ReferralReturned')
    ORDER BY sequence DESC LIMIT 1
) AS answer
WHERE received.event ->> 'type' = 'ReferralReceived' AND received.data ->> 'insats' = 'finsam-team'
  AND answer.type = 'ReferralAccepted'
  AND NOT EXISTS (SELECT FROM session_seat WHERE session_seat.case_id = received.stream_id);
