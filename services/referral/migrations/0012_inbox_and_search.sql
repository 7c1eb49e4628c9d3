-- A page of the list of referrals to one insats, in either direction; and which insatser have referrals.
CREATE INDEX referral_case_by_insats ON referral_case (insats, state, received_at, case_id);

DROP INDEX referral_case_forgotten;
CREATE INDEX referral_case_forgotten ON referral_case (state, insats) WHERE file IS NULL;
