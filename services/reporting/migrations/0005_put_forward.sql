-- One row each time somebody was put forward in a preparing group, by the id of its stream.
CREATE TABLE put_forward (
    case_id        uuid PRIMARY KEY,
    insats         text COLLATE "C",
    put_forward_on date,
    put_by         text COLLATE "C",
    led_to         text COLLATE "C"
);
CREATE INDEX put_forward_by_day ON put_forward (put_forward_on);
