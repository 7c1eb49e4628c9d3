-- A person's name belongs to the referral that said it. Cases from before have none of their own and show the person's,
-- which is no longer changed: it is sealed as the person's, so SQL cannot seal it anew as the case's.
ALTER TABLE person ALTER COLUMN name DROP NOT NULL;
ALTER TABLE referral_case ALTER COLUMN file DROP NOT NULL;   -- null for a forgotten person
ALTER TABLE referral_case ADD COLUMN name bytea;   -- sealed; null for a forgotten person and for cases from before

-- Referral now hears of the start too, because after it no referral is returned.
ALTER TABLE referral_case DROP CONSTRAINT referral_case_state_check;
ALTER TABLE referral_case ADD CONSTRAINT referral_case_state_check
    CHECK (state IN ('waiting', 'accepted', 'started', 'returned', 'closed'));

-- Starts appended before this were passed over as read. Planning's topic is read again from its beginning; what was
-- applied before leaves a case as it is.
DELETE FROM stream_position WHERE source = '/samspel/planning';
UPDATE consumer_offset SET next_offset = 0 WHERE topic = 'samspel.planning.v1';

-- Two agencies may refer one person to one insats: neither learns of the other, and a coordinator chooses.
DROP INDEX referral_case_open;
CREATE INDEX referral_case_by_person ON referral_case (person_id);
CREATE UNIQUE INDEX referral_case_waiting ON referral_case (person_id, insats, agency) WHERE state = 'waiting';

-- other_open: a waiting referral of somebody who has another open referral to the insats. forgotten: so that an open
-- page is sent anew and no longer shows the name.
CREATE OR REPLACE VIEW listed_case AS
SELECT case_id, insats, agency, unit, referred_on, received_at, state, state_since, consent,
       state = 'waiting' AND (
           -- counted, because EXISTS may be planned as a scan of all open cases for the sake of a hundred rows
           SELECT count(*) FROM referral_case AS other
           WHERE other.person_id = referral_case.person_id AND other.insats = referral_case.insats
             AND other.case_id <> referral_case.case_id AND other.state IN ('waiting', 'accepted', 'started')
       ) > 0 AS other_open,
       file IS NULL AS forgotten
FROM referral_case;

-- A forgotten person: the row stays for its cases, and nothing in it identifies the person.
ALTER TABLE person ALTER COLUMN lookup DROP NOT NULL;
ALTER TABLE person ALTER COLUMN identity_number DROP NOT NULL;
ALTER TABLE person ADD COLUMN forgotten_at timestamptz, ADD COLUMN forgotten_by text;

UPDATE person SET lookup = NULL, identity_number = NULL, name = NULL, phone = NULL, forgotten_at = now()
WHERE NOT EXISTS (SELECT FROM person_key WHERE person_key.person_id = person.person_id);

ALTER TABLE person ADD CONSTRAINT forgotten_or_found CHECK (
    CASE WHEN forgotten_at IS NULL THEN num_nulls(lookup, identity_number) = 0
         ELSE num_nonnulls(lookup, identity_number, name, phone) = 0 END);

-- Whoever loses the key is forgotten, also when the key was deleted by hand: a lookup that still found such a person
-- would lead every new referral of theirs to a key that is gone.
CREATE FUNCTION forget_person_without_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE person SET lookup = NULL, identity_number = NULL, name = NULL, phone = NULL,
                      forgotten_at = coalesce(forgotten_at, now())
    WHERE person_id = OLD.person_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER person_key_destroyed AFTER DELETE ON person_key
    FOR EACH ROW EXECUTE FUNCTION forget_person_without_key();

-- Which person a message was about, so that its content and receipt can be erased. Of messages read before this, the
-- acknowledged ones are found by their case. After erasure the row says only that the id was used.
ALTER TABLE inbox_message ADD COLUMN person bytea CHECK (octet_length(person) = 32);
ALTER TABLE inbox_message ALTER COLUMN content DROP NOT NULL;
ALTER TABLE inbox_message ALTER COLUMN receipt DROP NOT NULL;
ALTER TABLE inbox_message ADD CONSTRAINT erased_whole
    CHECK (CASE WHEN content IS NULL THEN num_nonnulls(receipt, person) = 0 ELSE receipt IS NOT NULL END);
CREATE INDEX inbox_message_by_person ON inbox_message (person) WHERE person IS NOT NULL;
CREATE INDEX inbox_message_by_case ON inbox_message ((receipt ->> 'case_id'))
    WHERE person IS NULL AND receipt ->> 'case_id' IS NOT NULL;
