-- What of frozen reports may leave the house: asked for by the office, and made one after the other, because what has
-- been published before decides what may be published later.
CREATE TABLE public_form (
    report_id uuid        NOT NULL PRIMARY KEY REFERENCES frozen_report,
    asked_at  timestamptz NOT NULL,
    made_at   timestamptz,
    content   bytea,
    failed_at timestamptz,
    CHECK ((made_at IS NULL) = (content IS NULL)),
    CHECK (made_at IS NULL OR failed_at IS NULL)
);
