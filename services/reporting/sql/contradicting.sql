-- $1 the partition, $2 offsets, $3 values. How many of them take another event's place in its case.
WITH raw AS (
    SELECT $1::integer AS partition, record_offset, value, true AS learnt
    FROM unnest($2::bigint[], $3::jsonb[]) AS record (record_offset, value)
)
SELECT count(*)
FROM (
@split
) AS came
JOIN event_row AS stored USING (case_id, source, sequence)
WHERE came.value ->> 'id' <> stored.value ->> 'id'
