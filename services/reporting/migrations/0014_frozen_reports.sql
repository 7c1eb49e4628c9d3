-- Reports that were frozen: the bytes of what was counted, of a period as it was known at a moment.
CREATE TABLE frozen_report (
    report_id   uuid PRIMARY KEY,
    period_id   text COLLATE "C" NOT NULL,
    known_until timestamptz      NOT NULL,
    frozen_at   timestamptz      NOT NULL,
    figures     integer          NOT NULL CHECK (figures > 0),
    content     bytea            NOT NULL,
    hash        bytea            NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
    UNIQUE (period_id, known_until)
);
CREATE INDEX frozen_report_by_time ON frozen_report (frozen_at DESC, report_id);
