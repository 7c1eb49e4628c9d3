-- Takes a stream's lock and reads its log, in one round trip. Each statement of a function sees what was committed when
-- that statement began, so the log holds what those that were waited for have appended. A single statement that did
-- both would see the log as it was before the wait.
-- One row an event; where there is none, one row without a value.
CREATE FUNCTION lock_and_read(wanted uuid) RETURNS TABLE (reached integer, event_value bytea)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream (stream_id) VALUES (wanted)
    ON CONFLICT (stream_id) DO UPDATE SET last_sequence = stream.last_sequence
    RETURNING last_sequence INTO reached;
    RETURN QUERY
        SELECT reached, event.value FROM event WHERE stream_id = wanted
        UNION ALL
        SELECT reached, heard_event.value FROM heard_event WHERE stream_id = wanted AND learnt;
    IF NOT FOUND THEN
        RETURN NEXT;
    END IF;
END
$$;
