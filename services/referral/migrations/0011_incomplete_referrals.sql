-- A referral that lacks something waits for it, and keeps its place in the queue.
ALTER TABLE referral_case DROP CONSTRAINT referral_case_state_check;
ALTER TABLE referral_case ADD CONSTRAINT referral_case_state_check
    CHECK (state IN ('waiting', 'incomplete', 'accepted', 'started', 'returned', 'closed'));

DROP INDEX referral_case_waiting;
CREATE UNIQUE INDEX referral_case_waiting ON referral_case (person_id, insats, agency)
    WHERE state IN ('waiting', 'incomplete') AND unit NOT IN ('self', 'relative');
DROP INDEX referral_case_queue;
CREATE INDEX referral_case_queue ON referral_case (insats, received_at, case_id) WHERE state IN ('waiting', 'incomplete');

CREATE OR REPLACE VIEW listed_case AS
SELECT case_id, insats, agency, unit, referred_on, received_at, state, state_since, consent,
       state IN ('waiting', 'incomplete') AND (
           -- counted, because EXISTS may be planned as a scan of all open cases for the sake of a hundred rows
           SELECT count(*) FROM referral_case AS other
           WHERE other.person_id = referral_case.person_id AND other.insats = referral_case.insats
             AND other.case_id <> referral_case.case_id
             AND other.state IN ('waiting', 'incomplete', 'accepted', 'started')
       ) > 0 AS other_open,
       file IS NULL AS forgotten, returned_by
FROM referral_case;

-- What was asked for and what was answered. note and answer are free text: sealed with the person's key, and cleared
-- when the person is forgotten. A question registered in error has no row.
CREATE TABLE completion (
    completion_id uuid PRIMARY KEY,
    case_id       uuid   NOT NULL REFERENCES referral_case,
    what          text[] NOT NULL,
    asked_of      text   NOT NULL,
    asked_on      date   NOT NULL,
    note          bytea,
    completed_on  date,
    answer        bytea
);
CREATE INDEX completion_by_case ON completion (case_id, asked_on);
