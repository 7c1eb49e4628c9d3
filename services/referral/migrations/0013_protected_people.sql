-- People with protected identity (skyddade personuppgifter), and who may read who they are. The mark hangs on the
-- person's key, so that whoever is forgotten, by the command or by hand, is no longer marked.
CREATE TABLE protected_person (
    person_id uuid PRIMARY KEY REFERENCES person_key ON DELETE CASCADE,
    readers   text[]  NOT NULL,   -- user ids; empty: a referral said so, and nobody at the insats has taken it on
    taken_on  boolean NOT NULL    -- somebody was named who may read at the insats
);

-- Every change of the mark: who did it, when, on which case, and who could read from then on. It is never changed.
CREATE TABLE protection_change (
    protection_change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  uuid        NOT NULL REFERENCES person,
    case_id    uuid        NOT NULL REFERENCES referral_case,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,   -- a user id; of a referral that nobody signed in to send, its sender
    readers    text[]                  -- null: the mark was lifted
);
CREATE INDEX protection_change_by_person ON protection_change (person_id, protection_change_id);

-- A read that was refused, because the person is protected and the reader not named, is written down as such.
ALTER TABLE identity_read ADD COLUMN refused boolean NOT NULL DEFAULT false;
