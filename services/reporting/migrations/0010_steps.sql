-- One row each time a step was reached, and one a paper that was asked for. Steps have been told since this version,
-- so there are none to fold again.
ALTER TABLE released
    ADD COLUMN document text COLLATE "C", ADD COLUMN asked_of text COLLATE "C", ADD COLUMN score numeric;

CREATE TABLE step (
    case_id       uuid    NOT NULL,
    step_id       uuid    NOT NULL,
    consents      boolean NOT NULL,
    rule_of       text COLLATE "C",
    step          text COLLATE "C",
    kind          text COLLATE "C",
    reached_on    date    NOT NULL,
    reached_id    uuid    NOT NULL,
    registered_in text COLLATE "C",
    document      text COLLATE "C",
    score         numeric,
    PRIMARY KEY (case_id, step_id),
    CHECK (consents OR num_nonnulls(document, score) = 0)
);
CREATE INDEX step_by_day ON step (reached_on);

CREATE TABLE document_request (
    case_id     uuid    NOT NULL,
    request_id  uuid    NOT NULL,
    consents    boolean NOT NULL,
    rule_of     text COLLATE "C",
    step        text COLLATE "C",
    asked_on    date    NOT NULL,
    asked_id    uuid    NOT NULL,
    received_on date,
    ended_on    date,
    waited_days integer,
    document    text COLLATE "C",
    asked_of    text COLLATE "C",
    PRIMARY KEY (case_id, request_id),
    CHECK (consents OR num_nonnulls(document, asked_of) = 0)
);
CREATE INDEX document_request_by_day ON document_request (asked_on);
