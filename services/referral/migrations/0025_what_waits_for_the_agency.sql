-- An agency's referrals that wait for it: to be completed, or a hand-back to be acknowledged. IS TRUE keeps those
-- who ask for hand-backs alone from this index: they have one of their own, in their order.
CREATE INDEX referral_case_waits_for_agency ON referral_case (agency, received_at DESC, case_id DESC)
WHERE (state = 'incomplete' OR handed_back_on IS NOT NULL) IS TRUE;
