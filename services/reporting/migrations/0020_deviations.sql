-- One row a deviation that counts, by the id of its stream.
CREATE TABLE deviation (
    case_id     uuid PRIMARY KEY,
    area        text COLLATE "C",
    kind        text COLLATE "C",
    member      text COLLATE "C",
    unit        text COLLATE "C",
    insats      text COLLATE "C",
    occurred_on date,
    closed_on   date,
    measure     text COLLATE "C"
);
CREATE INDEX deviation_by_day ON deviation (occurred_on);
CREATE INDEX deviation_by_day_closed ON deviation (closed_on);

-- Deviations as they are worked with, with what was written of them. Words are in no event: they can be removed.
CREATE TABLE reported_deviation (
    deviation_id uuid PRIMARY KEY,
    area         text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    member       text COLLATE "C",
    unit         text COLLATE "C",
    insats       text COLLATE "C",
    happened_on  date        NOT NULL,
    reported_at  timestamptz NOT NULL,
    reported_by  text COLLATE "C" NOT NULL,
    closed_on    date,
    measure      text COLLATE "C",
    taken_back   boolean     NOT NULL DEFAULT false,
    what         text,
    done         text
);
CREATE INDEX reported_deviation_by_time ON reported_deviation (reported_at DESC, deviation_id);
