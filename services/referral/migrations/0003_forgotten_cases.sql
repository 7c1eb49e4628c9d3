-- An open list asks for it every few seconds: whether somebody in it has been forgotten since.
CREATE INDEX referral_case_forgotten ON referral_case (state) WHERE file IS NULL;
