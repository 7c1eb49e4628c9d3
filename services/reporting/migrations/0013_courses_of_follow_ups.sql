-- When it was clear whether a follow-up was held within its window, that somebody tried, and that it is not to be held.
ALTER TABLE follow_up
    ADD COLUMN insats                text COLLATE "C",
    ADD COLUMN decided_on            date,
    ADD COLUMN attempted_on          date,
    ADD COLUMN not_applicable_on     date,
    ADD COLUMN not_applicable_reason text COLLATE "C";
CREATE INDEX follow_up_by_day_decided ON follow_up (decided_on);
-- One may be held before its window opens.
ALTER TABLE follow_up
    DROP CONSTRAINT follow_up_timeliness_check,
    ADD CHECK (timeliness IN ('early', 'in_time', 'late'));
