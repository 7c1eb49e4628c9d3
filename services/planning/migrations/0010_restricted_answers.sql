-- Answers to questions of a step whose answers are restricted. Nothing of them is in any event: whether somebody
-- answered, and what, is sealed. The row goes when the person is forgotten, and its key with it.
CREATE TABLE restricted_answer (
    case_id     uuid        NOT NULL,
    step        text        NOT NULL,
    written_at  timestamptz NOT NULL,
    written_by  text        NOT NULL,
    wrapped_key bytea       NOT NULL,
    sealed      bytea       NOT NULL,
    PRIMARY KEY (case_id, step)
);

-- Who read or wrote answers, and who was refused. Kept when the answers go: it says nothing of them.
CREATE TABLE answer_access (
    answer_access_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    user_id text        NOT NULL,
    case_id uuid        NOT NULL,
    step    text        NOT NULL,
    act     text        NOT NULL CHECK (act IN ('read', 'written', 'refused'))
);
CREATE INDEX answer_access_by_case ON answer_access (case_id, at);
CREATE INDEX answer_access_by_user ON answer_access (user_id, at);
