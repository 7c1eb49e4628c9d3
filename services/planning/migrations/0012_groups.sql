-- What was declared of a group or course, and which of its sessions were held. The row is written in the transaction
-- that appends the fact, and locked by whoever takes a seat, gives it back or records who came.
CREATE TABLE declared_group (
    group_id     uuid PRIMARY KEY,
    insats       text    NOT NULL,
    code         text    NOT NULL,
    name         text    NOT NULL,
    capacity     text    NOT NULL,
    seats        integer NOT NULL,
    session_days date[]  NOT NULL,
    starts_on    date    NOT NULL,
    ends_on      date    NOT NULL,
    starts_at    time,
    minutes      integer,
    site         text,
    leader_id    text,
    opens_on     date,
    closes_on    date,
    reserved_for text[]  NOT NULL,
    held         date[]  NOT NULL,
    called_off   date[]  NOT NULL,
    cancelled    boolean NOT NULL
);
CREATE INDEX declared_group_by_end ON declared_group (insats, ends_on, starts_on, group_id) WHERE NOT cancelled;

-- The seats in groups that people have, and those they had: ``ended_on`` and ``outcome`` say how these ended.
CREATE TABLE group_seat (
    enrolment_id uuid PRIMARY KEY,
    group_id     uuid NOT NULL REFERENCES declared_group,
    case_id      uuid NOT NULL,
    enrolled_on  date NOT NULL,
    ended_on     date,
    outcome      text
);
CREATE INDEX group_seat_by_group ON group_seat (group_id, enrolled_on);

-- Who came to which session, and who did not.
CREATE TABLE seat_attendance (
    enrolment_id uuid    NOT NULL,
    session_on   date    NOT NULL,
    attended     boolean NOT NULL,
    PRIMARY KEY (enrolment_id, session_on)
);

-- Who waits for a seat, in a group or (NULL) in any group of the insats, in the order in which they joined.
CREATE TABLE group_reserve (
    case_id   uuid PRIMARY KEY,
    insats    text        NOT NULL,
    group_id  uuid,
    since     date        NOT NULL,
    joined_at timestamptz NOT NULL
);
CREATE INDEX group_reserve_oldest ON group_reserve (insats, since, joined_at, case_id);
