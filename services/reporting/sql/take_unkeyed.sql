-- $1 partitions, $2 offsets, $3 values, into a table without a key.
WITH raw AS (
    SELECT unnest($1::integer[]) AS partition, unnest($2::bigint[]) AS record_offset, unnest($3::jsonb[]) AS value
)
INSERT INTO event_row
@split
