-- One event row from each record of "raw" (partition, record_offset, value jsonb).
-- A moment that does not begin with a digit becomes null and is refused: Postgres would take 'now' for an answer.
SELECT (value ->> 'subject')::uuid                                         AS case_id,
       value ->> 'source'                                                  AS source,
       (value ->> 'sequence')::integer                                     AS sequence,
       (value ->> 'id')::uuid                                              AS event_id,
       value ->> 'type'                                                    AS type,
       CASE WHEN value -> 'data' ->> 'happened_on' BETWEEN '0' AND '9~' THEN told.happened_on END AS happened_on,
       CASE WHEN value ->> 'recordedtime' BETWEEN '0' AND '9~' THEN (value ->> 'recordedtime')::timestamptz END
                                                                           AS recorded,
       partition,
       record_offset,
       value -> 'data'                                                     AS data,
       told.person_id,
       told.insats,
       told.agency,
       told.unit_kind,
       told.sex,
       told.reason,
       told.national_code,
       told.meeting_id,
       told.team,
       told.meets_on,
       told.starts_at,
       told.mode,
       told.samplan_id,
       told.lots_id,
       told.follow_up_id,
       told.months,
       told.due_on,
       told.timeliness,
       told.result,
       told.cause
FROM raw
CROSS JOIN LATERAL jsonb_to_record(value -> 'data') AS told (
    happened_on date, person_id uuid, insats text, agency text, unit_kind text, sex text, reason text,
    national_code text, meeting_id uuid, team text, meets_on date, starts_at time, mode text, samplan_id uuid,
    lots_id text, follow_up_id uuid, months smallint, due_on date, timeliness text, result text, cause text)
