-- Those put forward in a preparing group, for the list and the month's count. A row goes when it is taken back.
CREATE TABLE put_forward (
    put_forward_id uuid PRIMARY KEY,
    insats         text NOT NULL,
    met_on         date NOT NULL,
    put_by         text NOT NULL,
    led_to         text NOT NULL
);
CREATE INDEX put_forward_by_day ON put_forward (insats, met_on DESC, put_forward_id DESC);
