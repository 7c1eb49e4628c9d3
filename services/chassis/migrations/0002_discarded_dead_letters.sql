-- A dead letter that nobody will replay: who decided so, when, and why. The letter itself stays.
ALTER TABLE dead_letter
    ADD COLUMN discarded_at   timestamptz,
    ADD COLUMN discarded_by   text,
    ADD COLUMN discard_reason text,
    ADD CHECK ((discarded_at IS NULL) = (discarded_by IS NULL)),
    ADD CHECK ((discarded_at IS NULL) = (discard_reason IS NULL)),
    ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN replayed_at IS NOT NULL THEN 'replayed' WHEN discarded_at IS NOT NULL THEN 'discarded' ELSE 'open' END
    ) STORED;

-- Lists are read latest first, page by page.
CREATE INDEX dead_letter_by_time ON dead_letter (buried_at DESC, dead_letter_id DESC);
