-- Until when a referral waited: the day of the start or, without one, of the end. Who waits on some day is then asked of
-- two columns, as who takes part is.
ALTER TABLE referral ADD COLUMN ended_on date;
UPDATE referral SET ended_on = coalesce(started_on, returned_on)
WHERE started_on IS NOT NULL OR returned_on IS NOT NULL;
CREATE INDEX referral_by_wait ON referral (referred_on, ended_on);
