-- One row a call to a coordinated plan (SIP): who initiated it, when its meeting was held and a plan made of it.
CREATE TABLE call (
    case_id             uuid,
    call_id             uuid,
    form                text COLLATE "C",
    initiator           text COLLATE "C",
    called_on           date,
    met_on              date,
    coordinator_present boolean,
    planned_on          date,
    withdrawn_on        date,
    PRIMARY KEY (case_id, call_id)
);
CREATE INDEX call_by_meeting ON call (met_on);
CREATE INDEX call_by_plan ON call (planned_on);
