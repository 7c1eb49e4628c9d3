-- A referral that somebody has begun to fill in. Nothing of it can be read here: it is sealed with a key of its own, as
-- a person's fields are with theirs. It is erased when it is sent, thrown away, expired, or its person forgotten.
CREATE TABLE referral_draft (
    draft_id    uuid PRIMARY KEY,
    user_id     text        NOT NULL,
    agency      text        NOT NULL,
    saved_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    person      bytea CHECK (octet_length(person) = 32),   -- keyed hash of the number, once it is filled in whole
    wrapped_key bytea       NOT NULL,
    sealed      bytea       NOT NULL
);
CREATE INDEX referral_draft_by_user ON referral_draft (user_id, agency, saved_at DESC);
CREATE INDEX referral_draft_by_person ON referral_draft (person) WHERE person IS NOT NULL;
