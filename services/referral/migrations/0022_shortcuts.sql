-- By which door of which insats a person came straight to a meeting of this one; null for all others. The view is the
-- same with the two at its end.
ALTER TABLE referral_case ADD COLUMN sought_insats text, ADD COLUMN sought_door text,
    ADD CONSTRAINT sought_both CHECK (num_nulls(sought_insats, sought_door) IN (0, 2));

CREATE OR REPLACE VIEW listed_case AS
SELECT case_id, insats, agency, unit, referred_on, received_at, state, state_since, consent,
       state IN ('waiting', 'incomplete') AND (
           -- counted, because EXISTS may be planned as a scan of all open cases for the sake of a hundred rows
           SELECT count(*) FROM referral_case AS other
           WHERE other.person_id = referral_case.person_id AND other.insats = referral_case.insats
             AND other.case_id <> referral_case.case_id
             AND other.state IN ('waiting', 'incomplete', 'accepted', 'started')
       ) > 0 AS other_open,
       file IS NULL AS forgotten, returned_by, sought_insats, sought_door
FROM referral_case;
