-- The office's facts are events of reporting itself.
ALTER TABLE event_row
    DROP CONSTRAINT envelope,
    ADD CONSTRAINT envelope CHECK (
        source IN ('/samspel/referral', '/samspel/planning', '/samspel/followup', '/samspel/reporting')
        AND sequence >= 1 AND isfinite(happened_on) AND isfinite(recorded));

-- One row a question that somebody was asked in a survey; case_id is the questionnaire's stream.
CREATE TABLE survey_answer (
    case_id     uuid             NOT NULL,
    question    text COLLATE "C" NOT NULL,
    survey      text COLLATE "C" NOT NULL,
    respondents text COLLATE "C" NOT NULL,
    insats      text COLLATE "C",
    sex         text COLLATE "C" NOT NULL,
    answer      text COLLATE "C" NOT NULL,
    answered_on date             NOT NULL,
    PRIMARY KEY (case_id, question)
);
CREATE INDEX survey_answer_by_day ON survey_answer (answered_on);

-- The files of answers that were taken in: each questionnaire's stream follows from its batch and its place in it.
CREATE TABLE survey_batch (
    batch_id       uuid PRIMARY KEY,
    survey         text COLLATE "C" NOT NULL,
    questionnaires integer          NOT NULL CHECK (questionnaires > 0),
    taken_in_at    timestamptz      NOT NULL,
    taken_back_at  timestamptz
);
CREATE INDEX survey_batch_by_time ON survey_batch (taken_in_at DESC, batch_id);
