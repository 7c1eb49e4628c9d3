-- Reports on an insats, from begun to approved: of a form, an insats and a period there is one.
CREATE TABLE form_report (
    report_id uuid PRIMARY KEY,
    form      text COLLATE "C" NOT NULL,
    insats    text COLLATE "C" NOT NULL,
    period_id text COLLATE "C" NOT NULL,
    known_on  date             NOT NULL,
    begun_at  timestamptz      NOT NULL,
    UNIQUE (form, insats, period_id)
);
CREATE INDEX form_report_by_time ON form_report (begun_at DESC, report_id);

-- What the project leader writes, as it was saved last. A draft is no event.
CREATE TABLE form_report_text (
    report_id uuid             NOT NULL REFERENCES form_report,
    field     text COLLATE "C" NOT NULL,
    text      text             NOT NULL,
    saved_at  timestamptz      NOT NULL,
    PRIMARY KEY (report_id, field)
);

-- Each revision that was signed, with the bytes that were, and what the office answered.
CREATE TABLE signed_report (
    report_id   uuid             NOT NULL,
    revision    integer          NOT NULL CHECK (revision > 0),
    form        text COLLATE "C" NOT NULL,
    insats      text COLLATE "C" NOT NULL,
    period_id   text COLLATE "C" NOT NULL,
    known_until timestamptz      NOT NULL,
    signed_at   timestamptz      NOT NULL,
    content     bytea            NOT NULL,
    hash        bytea            NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
    returned_at timestamptz,
    reason      text,
    approved_at timestamptz,
    PRIMARY KEY (report_id, revision),
    CHECK ((returned_at IS NULL) = (reason IS NULL)),
    CHECK (returned_at IS NULL OR approved_at IS NULL)
);
