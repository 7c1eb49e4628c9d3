-- What was declared of a supplier's places. The row is written in the transaction that appends the declaration, and
-- locked by whoever takes a place.
CREATE TABLE place (
    place_id  uuid PRIMARY KEY,
    insats    text    NOT NULL,
    supplier  text    NOT NULL,
    name      text    NOT NULL,
    seats     integer NOT NULL,
    free_from date    NOT NULL,
    withdrawn boolean NOT NULL
);
CREATE INDEX place_by_name ON place (insats, name, place_id) WHERE NOT withdrawn;

-- The places that activities under way have. ``due_on``: when the activity is planned to be done.
CREATE TABLE taken_place (
    activity_id uuid PRIMARY KEY,
    place_id    uuid NOT NULL REFERENCES place,
    case_id     uuid NOT NULL,
    due_on      date
);
CREATE INDEX taken_place_by_place ON taken_place (place_id, due_on);
