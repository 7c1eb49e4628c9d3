-- One row a time limit of a case: by which clock, until when, and whether what it was for came within it.
CREATE TABLE time_limit (
    case_id     uuid,
    deadline_id uuid,
    rule_of     text COLLATE "C",
    clock       text COLLATE "C",
    party       text COLLATE "C",
    set_on      date,
    limit_on    date,
    met_on      date,
    passed_on   date,
    PRIMARY KEY (case_id, deadline_id)
);
CREATE INDEX time_limit_by_last_day ON time_limit (limit_on);
