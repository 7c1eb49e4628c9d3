-- One event row from each record of "raw" (partition, record_offset, value jsonb, learnt).
SELECT (value ->> 'subject')::uuid               AS case_id,
       value ->> 'source'                        AS source,
       (value ->> 'sequence')::integer           AS sequence,
       value ->> 'type'                          AS type,
       (value -> 'data' ->> 'happened_on')::date AS happened_on,
       (value ->> 'recordedtime')::timestamptz   AS recorded,
       partition,
       record_offset,
       value,
       learnt
FROM raw
