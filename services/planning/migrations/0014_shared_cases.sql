-- Cases that a party sees: it is responsible for an activity of the plan that holds, and the person lets it see the case.
CREATE TABLE shared_case (
    case_id      uuid NOT NULL,
    party        text NOT NULL,
    insats       text NOT NULL,
    planned_on   date NOT NULL,
    shared_until date,  -- the last day of the person's consent; none: it has no last day
    PRIMARY KEY (case_id, party)
);
CREATE INDEX shared_case_by_party ON shared_case (party, planned_on, case_id);

-- Cases of before this migration whose rows are yet to be written.
CREATE TABLE shared_case_unread (case_id uuid PRIMARY KEY);
INSERT INTO shared_case_unread (case_id)
SELECT DISTINCT stream_id FROM (
    SELECT stream_id, convert_from(value, 'UTF8')::jsonb AS event FROM heard_event
    WHERE source = '/samspel/referral' AND learnt
) AS heard
WHERE event ->> 'type' = 'ConsentGiven' AND event -> 'data' ->> 'purpose' = 'sharing_between_parties';
