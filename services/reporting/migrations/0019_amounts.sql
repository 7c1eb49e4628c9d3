-- Of what amounts have been booked. How much, by whom and when is in the events of each, whose stream amount_id is:
-- whoever books an amount reads it back at once, and what was known on a day is read of the same events.
CREATE TABLE amount (
    amount_id uuid PRIMARY KEY,
    period_id text COLLATE "C" NOT NULL,
    budget    text COLLATE "C" NOT NULL,
    item      text COLLATE "C" NOT NULL,
    line      text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    UNIQUE (period_id, budget, item, line, kind)
);
