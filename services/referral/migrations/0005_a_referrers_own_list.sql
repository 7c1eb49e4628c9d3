-- An agency looks at its own referrals, the latest first.
CREATE INDEX referral_case_by_agency ON referral_case (agency, received_at DESC, case_id DESC);

-- The queue to an insats in its order: whoever came first is first.
CREATE INDEX referral_case_queue ON referral_case (insats, received_at, case_id) WHERE state = 'waiting';
