-- A case is the fold of its log (services/chassis/log.py): referral_case is for lists and for finding a person's cases,
-- and is written from the folded case. The day of the latest answer about consent is read from the log.
ALTER TABLE referral_case DROP COLUMN consent_stated_on;
