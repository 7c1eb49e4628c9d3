-- $1 partitions, $2 offsets, $3 values, $4 which are learnt, into a table without a key. Those of one type lie together,
-- so that a fold, which asks for a few types, reads few pages.
WITH raw AS (
    SELECT unnest($1::integer[]) AS partition, unnest($2::bigint[]) AS record_offset, unnest($3::jsonb[]) AS value,
           unnest($4::boolean[]) AS learnt
)
INSERT INTO event_row
@split
ORDER BY value ->> 'type'
