-- Where a parked event lies, so that one that cannot be applied when its turn comes becomes a dead letter itself.
-- Fails while events are parked: their places were not kept, and nothing parked may be thrown away.
ALTER TABLE parked_event
    ADD COLUMN topic         text    NOT NULL,
    ADD COLUMN partition     integer NOT NULL,
    ADD COLUMN record_offset bigint  NOT NULL;
