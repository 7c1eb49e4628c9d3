-- The log of reads is read by the data protection officer: by person, by user, by time alone.
CREATE INDEX identity_read_by_time ON identity_read (read_at, identity_read_id);
CREATE INDEX identity_read_refused ON identity_read (read_at, identity_read_id) WHERE refused;
CREATE INDEX identity_search_by_time ON identity_search (searched_at, identity_search_id);

-- Who looked at the log of reads, when, and what they asked for. cases: all cases of the person asked about; empty
-- where no person was asked about.
CREATE TABLE read_log_look (
    read_log_look_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    looked_at        timestamptz NOT NULL,
    user_id          text        NOT NULL,
    cases            uuid[]      NOT NULL,
    about_user       text,
    kind             text,
    first_on         date        NOT NULL,
    last_on          date        NOT NULL,
    exported         boolean     NOT NULL
);
CREATE INDEX read_log_look_by_time ON read_log_look (looked_at, read_log_look_id);
