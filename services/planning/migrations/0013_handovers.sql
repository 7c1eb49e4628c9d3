-- The last offer of each support, and what became of it, also when the support has ended: for the page of who leaves.
-- What was answered before this migration is in the history of each case.
CREATE TABLE handover (
    support_id  uuid PRIMARY KEY,
    case_id     uuid NOT NULL,
    insats      text NOT NULL,
    role        text NOT NULL,
    worker_id   text NOT NULL,  -- who had the support
    offered_to  text NOT NULL,
    offered_on  date NOT NULL,
    answer      text CHECK (answer IN ('accepted', 'declined')),  -- none: not answered yet
    answered_on date,
    reason      text,
    CHECK ((answer IS NULL) = (answered_on IS NULL))
);

-- What one worker has offered, the latest first.
CREATE INDEX handover_by_worker ON handover (worker_id, offered_on DESC, support_id);

INSERT INTO handover (support_id, case_id, insats, role, worker_id, offered_to, offered_on)
SELECT support_id, case_id, insats, role, worker_id, offered_to, offered_on
FROM ongoing_support WHERE offered_to IS NOT NULL;
