CREATE TABLE ledger (
    entry    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  uuid    NOT NULL,
    sequence integer NOT NULL,
    lots_id  text    NOT NULL CONSTRAINT no_poison CHECK (lots_id <> 'poison')
);
