-- Who refers, as a keyed fingerprint of the officer's name within the unit: enough to find all of an officer's
-- referrals when a unit says that the officer leaves. The name itself is sealed in the file. Cleared with the file.
ALTER TABLE referral_case ADD COLUMN officer bytea;
CREATE INDEX referral_case_by_officer ON referral_case (agency, officer)
    WHERE officer IS NOT NULL AND state IN ('waiting', 'incomplete', 'accepted', 'started');

-- Officers whose unit has said that they leave, and from which day nobody there answers for their referrals.
CREATE TABLE officer_left (
    agency   text        NOT NULL,
    officer  bytea       NOT NULL,
    left_on  date        NOT NULL,
    noted_by text        NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (agency, officer)
);
