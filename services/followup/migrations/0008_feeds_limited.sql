-- How often a calendar was asked for in an hour, and when that hour began.
ALTER TABLE calendar_feed
    ADD COLUMN hour_began timestamptz NOT NULL DEFAULT '2000-01-01Z',
    ADD COLUMN asked      integer     NOT NULL DEFAULT 0;
