-- One row a consultation, by the id of its stream.
CREATE TABLE consultation (
    case_id uuid PRIMARY KEY,
    insats  text COLLATE "C",
    held_on date,
    asker   text COLLATE "C",
    forum   text COLLATE "C",
    topic   text COLLATE "C",
    led_to  text COLLATE "C"
);
CREATE INDEX consultation_by_day_held ON consultation (held_on);
