-- Who goes first in the queue to an insats: 0 whoever meets a criterion of its priority order, 1 all others, and all
-- where the order is that of arrival. priorities: the ids of the criteria that are met.
ALTER TABLE referral_case ADD COLUMN queue_class smallint NOT NULL DEFAULT 1 CHECK (queue_class IN (0, 1)),
    ADD COLUMN priorities text[] NOT NULL DEFAULT '{}';
DROP INDEX referral_case_queue;
CREATE INDEX referral_case_queue ON referral_case (insats, queue_class, received_at, case_id)
    WHERE state IN ('waiting', 'incomplete');

-- For what has been used of the quotas by sex. Those who were referred earlier have it from the log.
ALTER TABLE referral_case ADD COLUMN sex text;
UPDATE referral_case SET sex = convert_from(event.value, 'UTF8')::jsonb -> 'data' ->> 'sex'
FROM event WHERE event.stream_id = referral_case.case_id AND event.type = 'ReferralReceived';
