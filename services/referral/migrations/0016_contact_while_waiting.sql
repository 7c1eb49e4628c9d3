-- The latest day on which somebody at the insats reached the person while the referral waited.
ALTER TABLE referral_case ADD COLUMN contacted_on date;
