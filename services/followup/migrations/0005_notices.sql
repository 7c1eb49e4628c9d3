-- Who wants a digest by e-mail, where it is sent and up to which day it has been. Data about staff; in no event.
CREATE TABLE daily_digest (
    worker_id  text        PRIMARY KEY,
    role       text        NOT NULL,                       -- the sign-in role in whose list the worker looks
    address    text        NOT NULL CHECK (address !~ '[[:space:][:cntrl:]]'),
    settled_on date        NOT NULL,                       -- the last day that was sent, or had nothing to say
    attempts   smallint    NOT NULL DEFAULT 0,             -- how often the one that is owed could not be sent
    wait_until timestamptz NOT NULL DEFAULT '-infinity',   -- nobody tries before; real time, not the movable clock
    refused    smallint                                    -- what the mail server said of the address: 5xx
);

-- Which digests are owed is asked every second.
CREATE INDEX daily_digest_owed ON daily_digest (settled_on, worker_id) WHERE refused IS NULL;

-- Who has a calendar feed. The token in its address is kept as its SHA-256 only: it has 256 random bits of its own.
CREATE TABLE calendar_feed (
    worker_id  text        PRIMARY KEY,
    token_hash bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    made_at    timestamptz NOT NULL
);
