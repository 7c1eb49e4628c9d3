-- State is the fold of the log (services/chassis/log.py): the snapshots go. A seat belongs to a meeting, because a case
-- may have several.
DROP TABLE session_place;
DROP TABLE planning_case;

CREATE TABLE session_seat (
    meeting_id uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    insats     text NOT NULL,
    team       text NOT NULL,
    meets_on   date NOT NULL,
    starts_at  time NOT NULL,
    FOREIGN KEY (insats, team, meets_on, starts_at) REFERENCES team_session
);
CREATE INDEX session_seat_by_session ON session_seat (insats, team, meets_on, starts_at);

-- What an event left out for want of consent: kinds of activities, the reason of an exit. Stays here until the person
-- consents; then it is appended as an event of its own.
CREATE TABLE withheld_details (
    event_id uuid  PRIMARY KEY,
    case_id  uuid  NOT NULL,
    details  jsonb NOT NULL
);
CREATE INDEX withheld_details_by_case ON withheld_details (case_id);
