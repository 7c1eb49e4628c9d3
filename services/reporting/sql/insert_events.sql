-- $1 the partition, $2 offsets, $3 values, $4 which are learnt. Returns the case of each event that was new.
WITH raw AS (
    SELECT $1::integer AS partition, record_offset, value, learnt
    FROM unnest($2::bigint[], $3::jsonb[], $4::boolean[]) AS record (record_offset, value, learnt)
)
INSERT INTO event_row
@split
ON CONFLICT (case_id, source, sequence) DO NOTHING
RETURNING case_id
