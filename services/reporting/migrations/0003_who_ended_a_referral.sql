-- Whose doing it was that a referral ended before the start, and how far it had come.
ALTER TABLE referral
    ADD COLUMN returned_by  text COLLATE "C" CHECK (returned_by IN ('insats', 'referrer', 'participant', 'expiry')),
    ADD COLUMN return_stage text COLLATE "C";

UPDATE referral SET returned_by = coalesce(returned.value -> 'data' ->> 'by', 'insats'),
                    return_stage = returned.value -> 'data' ->> 'stage'
FROM (
    SELECT DISTINCT ON (case_id) case_id, value FROM event_row
    WHERE type = 'ReferralReturned' AND learnt AND NOT EXISTS (
        SELECT FROM not_counted
        WHERE (not_counted.case_id, not_counted.source, not_counted.sequence)
            = (event_row.case_id, event_row.source, event_row.sequence)
    )
    ORDER BY case_id, recorded DESC, source DESC, sequence DESC
) AS returned
WHERE referral.case_id = returned.case_id AND referral.returned_on IS NOT NULL;
