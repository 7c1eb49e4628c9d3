-- An agency's referrals that wait for it: to be completed, or a hand-back to be acknowledged.
CREATE INDEX referral_case_waits_for_agency ON referral_case (agency, received_at DESC, case_id DESC)
WHERE state = 'incomplete' OR handed_back_on IS NOT NULL;
