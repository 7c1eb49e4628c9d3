-- How far streams were applied, locked, and which of them have something parked, in one round trip. Each statement of a
-- function sees what was committed when that statement began: what a replay had to wait for may have parked something.
-- One row for each stream that was applied or has something parked.
CREATE FUNCTION lock_reached(streams uuid[], sources text[])
RETURNS TABLE (reached_stream uuid, reached_source text, reached integer, waits boolean)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
        SELECT stream_id, source, last_sequence, false FROM stream_position
        WHERE (stream_id, source) IN (SELECT * FROM unnest(streams, sources))
        ORDER BY stream_id, source
        FOR UPDATE;
    RETURN QUERY
        SELECT DISTINCT stream_id, source, 0, true FROM parked_event
        WHERE (stream_id, source) IN (SELECT * FROM unnest(streams, sources));
END
$$;
