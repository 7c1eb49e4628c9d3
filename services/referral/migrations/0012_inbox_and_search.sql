-- A page of the list of referrals to one insats, in either direction; and which insatser have referrals.
CREATE INDEX referral_case_by_insats ON referral_case (insats, state, received_at, case_id);

DROP INDEX referral_case_forgotten;
CREATE INDEX referral_case_forgotten ON referral_case (state, insats) WHERE file IS NULL;

-- What a referral is found by: keyed hashes of the words of its person's name and of its reference
-- (docs/adr/0024-search-by-keyed-tokens.md). received_at is the case's, so that a page of what a word finds is read in
-- order. No foreign key: intake writes some fifteen rows a referral, and no case is ever deleted.
CREATE TABLE search_token (
    token       bytea       NOT NULL CHECK (octet_length(token) = 8),
    received_at timestamptz NOT NULL,
    case_id     uuid        NOT NULL,
    PRIMARY KEY (token, received_at, case_id)
);
CREATE INDEX search_token_by_case ON search_token (case_id);

-- Names are sealed, so SQL cannot make the tokens of the cases there are: the service does, in the background after its
-- start (services/referral/search.py), and of those that a process of an earlier version opens meanwhile.
ALTER TABLE referral_case ADD COLUMN searchable boolean NOT NULL DEFAULT false;
CREATE INDEX referral_case_unsearchable ON referral_case (case_id) WHERE NOT searchable AND file IS NOT NULL;

-- Who searched for a person, when, what for, and which cases were shown. Not what was searched for.
CREATE TABLE identity_search (
    identity_search_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    searched_at        timestamptz NOT NULL,
    user_id            text        NOT NULL,
    purpose            text        NOT NULL,
    cases              uuid[]      NOT NULL
);
CREATE INDEX identity_search_by_user ON identity_search (user_id, searched_at);

-- Whoever loses the key is no longer found either. After the deletion of the key: whoever was making tokens of the
-- person's names meanwhile held the key's row, and has committed.
CREATE OR REPLACE FUNCTION forget_person_without_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE person SET lookup = NULL, identity_number = NULL, name = NULL, phone = NULL,
                      forgotten_at = coalesce(forgotten_at, now())
    WHERE person_id = OLD.person_id;
    DELETE FROM search_token USING referral_case
    WHERE search_token.case_id = referral_case.case_id AND referral_case.person_id = OLD.person_id;
    RETURN NULL;
END
$$;
