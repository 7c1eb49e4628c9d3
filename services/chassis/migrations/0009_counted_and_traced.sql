-- Dead letters that wait for a decision are counted every few seconds; they are few among all that there were.
CREATE INDEX dead_letter_open ON dead_letter (topic) WHERE state = 'open';
-- The W3C trace that an event belongs to, for the relay to send in the record's header. NULL while tracing is off.
ALTER TABLE outbox ADD COLUMN traceparent text;
