-- Of events that came more than once the first stays, as it does live. Counts those that go, and names the places of
-- the ones that were not a repetition but contradicted the first.
WITH repeated AS (
    SELECT ctid                                                     AS place,
           row_number() OVER same > 1                              AS goes,
           value ->> 'id' <> first_value(value ->> 'id') OVER same AS contradicts
    FROM event_row
    WINDOW same AS (PARTITION BY case_id, source, sequence ORDER BY record_offset)
),
gone AS (
    DELETE FROM event_row USING repeated
    WHERE event_row.ctid = repeated.place AND repeated.goes
    RETURNING source, partition, record_offset, contradicts
)
SELECT source, partition, record_offset, contradicts, count(*) OVER () AS gone
FROM gone
ORDER BY contradicts DESC, source, partition, record_offset
