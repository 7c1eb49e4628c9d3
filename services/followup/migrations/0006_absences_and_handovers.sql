-- Who is away, and who stands in. An absence that was taken back before it began has its last day before its first.
-- Whoever registers one takes the table, so that two at once cannot make each other's substitutes go in a circle.
CREATE TABLE absence (
    absence_id uuid PRIMARY KEY,
    worker_id  text NOT NULL,
    substitute text NOT NULL,
    first_day  date NOT NULL,
    last_day   date NOT NULL
);

-- Those of today and to come; what is over is not read any more.
CREATE INDEX absence_by_last_day ON absence (last_day, first_day);

-- The last offer of a follow-up: whose it was then, who was asked and when, and what became of it.
ALTER TABLE follow_up
    ADD COLUMN asked_of    text,
    ADD COLUMN asked_to    text,
    ADD COLUMN asked_on    date,
    ADD COLUMN answer      text CHECK (answer IN ('accepted', 'declined', 'taken_by_another')),
    ADD COLUMN answered_on date;

-- What one worker has offered, the latest first.
CREATE INDEX follow_up_asked_of ON follow_up (asked_of, asked_on DESC, follow_up_id) WHERE asked_of IS NOT NULL;
