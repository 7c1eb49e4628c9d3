-- The day a case was handed back to its referrer, while nobody there has said that they go on with it: for a list with
-- the oldest first.
ALTER TABLE referral_case ADD COLUMN handed_back_on date;
CREATE INDEX referral_case_handed_back ON referral_case (handed_back_on, case_id) WHERE handed_back_on IS NOT NULL;
