-- What of frozen reports may leave the house, and in which order that was decided: what has been published before
-- decides what may be published later.
CREATE TABLE public_form (
    place     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id uuid        NOT NULL UNIQUE REFERENCES frozen_report,
    made_at   timestamptz NOT NULL,
    content   bytea       NOT NULL
);
