-- Whose doing it was that a referral ended before the start. Returns from before this were all the insats' own.
ALTER TABLE referral_case
    ADD COLUMN returned_by text CHECK (returned_by IN ('insats', 'referrer', 'participant', 'expiry'));
UPDATE referral_case SET returned_by = 'insats' WHERE state = 'returned' OR return_reason IS NOT NULL;

CREATE OR REPLACE VIEW listed_case AS
SELECT case_id, insats, agency, unit, referred_on, received_at, state, state_since, consent,
       state = 'waiting' AND (
           -- counted, because EXISTS may be planned as a scan of all open cases for the sake of a hundred rows
           SELECT count(*) FROM referral_case AS other
           WHERE other.person_id = referral_case.person_id AND other.insats = referral_case.insats
             AND other.case_id <> referral_case.case_id AND other.state IN ('waiting', 'accepted', 'started')
       ) > 0 AS other_open,
       file IS NULL AS forgotten, returned_by
FROM referral_case;

-- An agency names a referral by its own reference, which stands in the receipt.
CREATE INDEX inbox_message_by_reference ON inbox_message ((receipt ->> 'agency'), (receipt ->> 'reference'))
    WHERE receipt ->> 'case_id' IS NOT NULL;
