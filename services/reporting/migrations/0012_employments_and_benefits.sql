-- One row a decision about an employment, one each time a benefit was applied for, granted or refused, and one a
-- participation after which support was given.
ALTER TABLE released
    ADD COLUMN employer text COLLATE "C",
    ADD COLUMN benefit  text COLLATE "C",
    ADD COLUMN status   text COLLATE "C";

CREATE TABLE employment (
    case_id        uuid    NOT NULL,
    decision_id    uuid    NOT NULL,
    consents       boolean NOT NULL,
    told_by        uuid    NOT NULL,
    decided_on     date    NOT NULL,
    prolongs       boolean NOT NULL,
    from_on        date    NOT NULL,
    until_on       date,
    kom_i_jobb     boolean,
    support        text COLLATE "C",
    extent_percent smallint,
    employer       text COLLATE "C",
    PRIMARY KEY (case_id, decision_id),
    CHECK (consents OR num_nonnulls(kom_i_jobb, support, extent_percent, employer) = 0)
);
CREATE INDEX employment_by_day_decided ON employment (decided_on);

CREATE TABLE benefit (
    case_id        uuid    NOT NULL,
    decision_id    uuid    NOT NULL,
    consents       boolean NOT NULL,
    told_by        uuid    NOT NULL,
    decided_on     date    NOT NULL,
    benefit        text COLLATE "C",
    status         text COLLATE "C",
    extent_percent smallint,
    PRIMARY KEY (case_id, decision_id),
    CHECK (consents OR num_nonnulls(benefit, status, extent_percent) = 0)
);
CREATE INDEX benefit_by_day_decided ON benefit (decided_on);

CREATE TABLE after_support (
    case_id  uuid    NOT NULL,
    episode  integer NOT NULL,
    begun_on date    NOT NULL,
    ended_on date,
    PRIMARY KEY (case_id, episode)
);
CREATE INDEX after_support_by_first_day ON after_support (begun_on);
