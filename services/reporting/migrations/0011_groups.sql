-- One row a seat in a group, one a session of it that somebody's attendance was recorded for, one a group and one a
-- session of a group. Of a group's own facts ``case_id`` is the group's stream.
ALTER TABLE released ADD COLUMN attended boolean;

CREATE TABLE enrolment (
    case_id      uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    insats       text COLLATE "C",
    group_id     uuid,
    enrolled_on  date NOT NULL,
    starts_on    date,
    ended_on     date,
    outcome      text COLLATE "C",
    PRIMARY KEY (case_id, enrolment_id)
);
CREATE INDEX enrolment_by_first_day ON enrolment (starts_on);

CREATE TABLE session_attendance (
    case_id      uuid    NOT NULL,
    enrolment_id uuid    NOT NULL,
    session_on   date    NOT NULL,
    consents     boolean NOT NULL,
    record_id    uuid    NOT NULL,
    attended     boolean,
    PRIMARY KEY (case_id, enrolment_id, session_on),
    CHECK (consents OR attended IS NULL)
);
CREATE INDEX session_attendance_by_day ON session_attendance (session_on);

CREATE TABLE course_group (
    case_id      uuid NOT NULL PRIMARY KEY,
    insats       text COLLATE "C",
    seats        integer,
    starts_on    date NOT NULL,
    ends_on      date,
    cancelled_on date
);
CREATE INDEX course_group_by_first_day ON course_group (starts_on);

CREATE TABLE group_session (
    case_id      uuid NOT NULL,
    session_on   date NOT NULL,
    insats       text COLLATE "C",
    held_on      date,
    cancelled_on date,
    seats        integer,
    enrolled     integer,
    PRIMARY KEY (case_id, session_on)
);
CREATE INDEX group_session_by_day ON group_session (held_on);
