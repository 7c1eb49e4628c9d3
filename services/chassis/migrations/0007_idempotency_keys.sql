-- Commands that were carried out with an Idempotency-Key, and their answers. A row is written in the transaction that
-- appended the command's events, so that either both are there or neither.
CREATE TABLE idempotency_key (
    actor       text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,      -- SHA-256 of method, path and body: the same key means the same request
    answer      bytea,                     -- JSON; null only until the transaction ends
    claimed     timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);

-- Serves the deletion of keys that are older than anybody asks again.
CREATE INDEX idempotency_key_claimed ON idempotency_key (claimed);
