-- Of events that came more than once the first stays, as it does live. Counts those that go, and names the places of
-- the ones that were not a repetition but contradicted the first. Only the keys of all events are gone through: a
-- single repetition must not make every value be read and sorted.
WITH told_again AS (
    SELECT case_id, source, sequence FROM event_row GROUP BY case_id, source, sequence HAVING count(*) > 1
),
repeated AS (
    SELECT event_row.ctid                                           AS place,
           row_number() OVER same > 1                              AS goes,
           value ->> 'id' <> first_value(value ->> 'id') OVER same AS contradicts
    FROM event_row JOIN told_again USING (case_id, source, sequence)
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
