-- One row a case and service: locked first by everything that decides about the case.
CREATE TABLE case_stream (
    case_id       uuid PRIMARY KEY,
    last_sequence integer NOT NULL DEFAULT 0 CHECK (last_sequence >= 0)
);

-- The event store: append-only, never emptied; topics can be rebuilt from it.
CREATE TABLE event (
    event_id uuid PRIMARY KEY,
    case_id  uuid        NOT NULL,
    sequence integer     NOT NULL CHECK (sequence >= 1),
    topic    text        NOT NULL,
    type     text        NOT NULL,
    recorded timestamptz NOT NULL,
    value    bytea       NOT NULL,   -- the record exactly as sent
    UNIQUE (case_id, sequence)
);

-- What Kafka has not acknowledged. Ids follow the order of a case, because its row is locked while they are drawn.
CREATE TABLE outbox (
    outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition_no smallint    NOT NULL,
    event_id     uuid        NOT NULL REFERENCES event,
    queued_at    timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);
CREATE INDEX outbox_by_partition ON outbox (partition_no, outbox_id);

-- Where reading goes on. This row, compared and set in the transaction of the effects, is the only fence.
CREATE TABLE consumer_offset (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- The last event applied, for each case and source: duplicates fall out here.
CREATE TABLE stream_position (
    case_id       uuid    NOT NULL,
    source        text    NOT NULL,
    last_sequence integer NOT NULL,
    PRIMARY KEY (case_id, source)
);

-- Events that came before their predecessor, until it comes.
CREATE TABLE parked_event (
    case_id   uuid        NOT NULL,
    source    text        NOT NULL,
    sequence  integer     NOT NULL,
    value     bytea       NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, source, sequence)
);

-- Records that could not be used: their place and why, never what they held.
CREATE TABLE dead_letter (
    dead_letter_id uuid PRIMARY KEY,
    topic          text        NOT NULL,
    partition      integer     NOT NULL,
    record_offset  bigint      NOT NULL,
    reason         text        NOT NULL,
    buried_at      timestamptz NOT NULL,
    replayed_at    timestamptz,
    UNIQUE (topic, partition, record_offset)
);

-- What is to happen by itself, and when. Written with the state that needs it; gone in the transaction that fires it.
CREATE TABLE timer (
    key      text PRIMARY KEY,
    case_id  uuid        NOT NULL,
    kind     text        NOT NULL,
    due_at   timestamptz NOT NULL,
    attempts integer     NOT NULL DEFAULT 0,
    retry_at timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX timer_by_due ON timer (due_at);
CREATE INDEX timer_by_case ON timer (case_id);
