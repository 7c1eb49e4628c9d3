-- Where each case stands, and what is kept here because it may not leave without consent.
CREATE TABLE planning_case (
    case_id uuid PRIMARY KEY,
    state   jsonb NOT NULL,
    kept    jsonb NOT NULL
);

-- A team's session. Its row is locked by whoever takes a place in it, so that two cannot both take the last one.
CREATE TABLE team_session (
    insats    text NOT NULL,
    team      text NOT NULL,
    meets_on  date NOT NULL,
    starts_at time NOT NULL,
    PRIMARY KEY (insats, team, meets_on, starts_at)
);

-- The place a case takes up. A case has one meeting, so it has at most one place.
CREATE TABLE session_place (
    case_id   uuid PRIMARY KEY REFERENCES planning_case,
    insats    text NOT NULL,
    team      text NOT NULL,
    meets_on  date NOT NULL,
    starts_at time NOT NULL,
    FOREIGN KEY (insats, team, meets_on, starts_at) REFERENCES team_session
);
CREATE INDEX session_place_by_session ON session_place (insats, team, meets_on, starts_at);
