-- One row an activity of a samplan, and one a period of it for which attendance was recorded. The activities of plans
-- made before this are there once the events are folded again: python -m services.reporting.rebuild --replace.
ALTER TABLE released ADD COLUMN hours_offered numeric, ADD COLUMN hours_attended numeric;

CREATE TABLE activity (
    case_id      uuid    NOT NULL,
    activity_id  uuid    NOT NULL,
    consents     boolean NOT NULL,
    samplan_id   uuid,
    kind         text COLLATE "C",
    responsible  text COLLATE "C",
    planned_on   date    NOT NULL,
    started_on   date,
    completed_on date,
    extent       text COLLATE "C",
    cancelled_on date,
    PRIMARY KEY (case_id, activity_id),
    CHECK (consents OR kind IS NULL)
);
CREATE INDEX activity_by_day_started ON activity (started_on);

CREATE TABLE attendance (
    case_id        uuid    NOT NULL,
    activity_id    uuid    NOT NULL,
    from_on        date    NOT NULL,
    consents       boolean NOT NULL,
    to_on          date    NOT NULL,
    record_id      uuid    NOT NULL,
    weeks          integer NOT NULL,
    hours_offered  numeric,
    hours_attended numeric,
    PRIMARY KEY (case_id, activity_id, from_on),
    CHECK (consents OR num_nonnulls(hours_offered, hours_attended) = 0)
);
CREATE INDEX attendance_by_last_day ON attendance (to_on);
