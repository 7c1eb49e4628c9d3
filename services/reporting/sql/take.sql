-- $1 the partition, $2 offsets, $3 values. Returns the case of each event that was new.
WITH raw AS (
    SELECT $1::integer AS partition, record_offset, value
    FROM unnest($2::bigint[], $3::jsonb[]) AS record (record_offset, value)
)
INSERT INTO event_row
@split
ON CONFLICT (case_id, source, sequence) DO NOTHING
RETURNING case_id
