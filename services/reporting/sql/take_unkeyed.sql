-- $1 partitions, $2 offsets, $3 values, into a table without a key.
WITH raw AS (
    SELECT partition, record_offset, value
    FROM unnest($1::integer[], $2::bigint[], $3::jsonb[]) AS record (partition, record_offset, value)
)
INSERT INTO event_row
@split
