-- A stream is not always a case: receipts and dead letters have streams of their own.
ALTER TABLE case_stream RENAME TO stream;
ALTER TABLE stream RENAME COLUMN case_id TO stream_id;
ALTER TABLE event RENAME COLUMN case_id TO stream_id;
ALTER TABLE stream_position RENAME COLUMN case_id TO stream_id;
ALTER TABLE parked_event RENAME COLUMN case_id TO stream_id;
ALTER TABLE timer RENAME COLUMN case_id TO stream_id;

-- Events of other services that this one follows, as they came: with its own they are the log that state is folded
-- from. Not learnt: of a type or with a code that this version does not know; applied once a version knows it.
CREATE TABLE heard_event (
    stream_id uuid    NOT NULL,
    source    text    NOT NULL,
    sequence  integer NOT NULL,
    topic     text    NOT NULL,
    learnt    boolean NOT NULL,
    value     bytea   NOT NULL,
    PRIMARY KEY (stream_id, source, sequence)
);
CREATE INDEX heard_event_not_learnt ON heard_event (stream_id, source, sequence) WHERE NOT learnt;

ALTER TABLE dead_letter RENAME COLUMN buried_at TO dead_lettered_at;
