-- Parties that were called and have not come, for a list with those that had to come first on top. ``limit_on``: the last
-- day by the form's rule; NULL where it sets no limit.
CREATE TABLE awaited_party (
    call_id   uuid NOT NULL,
    party     text NOT NULL,
    case_id   uuid NOT NULL,
    form      text NOT NULL,
    sent_on   date NOT NULL,
    limit_on  date,
    meets_on  date NOT NULL,
    starts_at time,
    PRIMARY KEY (call_id, party)
);
CREATE INDEX awaited_party_by_limit ON awaited_party (limit_on, sent_on, call_id, party);

-- Coordinated plans that hold, those without an agreed follow-up first.
CREATE TABLE coordinated_plan (
    plan_id      uuid PRIMARY KEY,
    case_id      uuid NOT NULL,
    form         text NOT NULL,
    made_on      date NOT NULL,
    follow_up_on date
);
CREATE INDEX coordinated_plan_by_follow_up ON coordinated_plan (follow_up_on NULLS FIRST, made_on, plan_id);
