-- Consultations that count, for the list and the month's count. A row goes when its consultation is taken back.
CREATE TABLE consultation (
    consultation_id uuid PRIMARY KEY,
    insats          text NOT NULL,
    held_on         date NOT NULL,
    asker           text NOT NULL,
    forum           text NOT NULL,
    topic           text NOT NULL,
    led_to          text NOT NULL
);
CREATE INDEX consultation_by_day ON consultation (insats, held_on DESC, consultation_id DESC);
