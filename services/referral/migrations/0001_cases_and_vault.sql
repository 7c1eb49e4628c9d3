-- The identity vault. Every bytea here but lookup is sealed with the person's own key.
CREATE TABLE person (
    person_id       uuid PRIMARY KEY,
    lookup          bytea NOT NULL UNIQUE CHECK (octet_length(lookup) = 32),   -- keyed hash of the number
    identity_number bytea NOT NULL,
    name            bytea NOT NULL,
    phone           bytea,
    known_since     timestamptz NOT NULL
);

-- A table of its own, so that it can be backed up apart from what it opens.
CREATE TABLE person_key (
    person_id uuid PRIMARY KEY REFERENCES person ON DELETE CASCADE,
    wrapped   bytea NOT NULL
);

CREATE TABLE referral_case (
    case_id           uuid PRIMARY KEY,
    person_id         uuid        NOT NULL REFERENCES person,
    insats            text        NOT NULL,
    agency            text        NOT NULL,
    unit              text        NOT NULL,
    referred_on       date        NOT NULL,
    received_at       timestamptz NOT NULL,
    state             text        NOT NULL CHECK (state IN ('waiting', 'accepted', 'returned', 'closed')),
    state_since       date        NOT NULL,
    consent           text        NOT NULL CHECK (consent IN ('given', 'refused', 'withdrawn')),
    consent_stated_on date        NOT NULL,
    return_reason     text,                    -- leaves the service only with consent
    file              bytea       NOT NULL     -- reference, officer, background: sealed
);
-- A person has at most one open referral to an insats; intake asks before it opens one, and this holds it to that.
CREATE UNIQUE INDEX referral_case_open ON referral_case (person_id, insats) WHERE state IN ('waiting', 'accepted');
CREATE INDEX referral_case_by_state ON referral_case (state, received_at DESC, case_id DESC);
CREATE INDEX referral_case_by_arrival ON referral_case (received_at DESC, case_id DESC);

-- What lists and programs may see of a case: nothing about who it is.
CREATE VIEW listed_case AS
SELECT case_id, insats, agency, unit, referred_on, received_at, state, state_since, consent FROM referral_case;

-- Every message an agency sent with an id that could be read, and the receipt it got. Ids and contents are keyed
-- hashes: both may hold an identity.
CREATE TABLE inbox_message (
    message     bytea PRIMARY KEY CHECK (octet_length(message) = 32),   -- agency and message id
    content     bytea       NOT NULL CHECK (octet_length(content) = 32),
    receipt     jsonb       NOT NULL,
    received_at timestamptz NOT NULL
);

-- Who read whose identity, when and for what.
CREATE TABLE identity_read (
    identity_read_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at          timestamptz NOT NULL,
    user_id          text        NOT NULL,
    case_id          uuid        NOT NULL,
    purpose          text        NOT NULL
);
CREATE INDEX identity_read_by_case ON identity_read (case_id, read_at);
CREATE INDEX identity_read_by_user ON identity_read (user_id, read_at);
