-- Somebody who applies for themselves twice is not refused, since the refusal would say to whoever knows their number
-- that they have applied. Both referrals wait, and a coordinator is shown so (other_open).
DROP INDEX referral_case_waiting;
CREATE UNIQUE INDEX referral_case_waiting ON referral_case (person_id, insats, agency)
    WHERE state = 'waiting' AND unit NOT IN ('self', 'relative');
