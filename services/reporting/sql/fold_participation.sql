-- One row a case that was referred, or of which something that presupposes it is known. Of each type of event the latest registered counts; of consent, the latest statement of any type.
-- Without consent reasons are left out, even where an event carried one. A case that was started was not returned: a
-- return told meanwhile, by a service that had not heard of the start, does not count.
SELECT case_id, person_id, insats, sex, consent, agency, unit_kind, referred_on, accepted_on,
       CASE WHEN started_on IS NULL THEN returned_on END  AS returned_on,
       CASE WHEN consent = 'given' AND started_on IS NULL THEN return_reason END AS return_reason,
       started_on, exited_on,
       CASE WHEN consent = 'given' THEN exit_reason END   AS exit_reason,
       CASE WHEN consent = 'given' THEN national_code END AS national_code
FROM (
    SELECT case_id,
           any_value(person_id) FILTER (WHERE type = 'ReferralReceived')       AS person_id,
           coalesce(any_value(insats) FILTER (WHERE type = 'ReferralReceived'),
                    any_value(insats) FILTER (WHERE type = 'InsatsStarted'))   AS insats,
           any_value(sex) FILTER (WHERE type = 'ReferralReceived')             AS sex,
           CASE max(sequence) FILTER (WHERE type IN ('ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn'))
               WHEN any_value(sequence) FILTER (WHERE type = 'ConsentGiven') THEN 'given'
               WHEN any_value(sequence) FILTER (WHERE type = 'ConsentRefused') THEN 'refused'
               WHEN any_value(sequence) FILTER (WHERE type = 'ConsentWithdrawn') THEN 'withdrawn'
           END                                                                 AS consent,
           any_value(agency) FILTER (WHERE type = 'ReferralReceived')          AS agency,
           any_value(unit_kind) FILTER (WHERE type = 'ReferralReceived')       AS unit_kind,
           any_value(happened_on) FILTER (WHERE type = 'ReferralReceived')     AS referred_on,
           any_value(happened_on) FILTER (WHERE type = 'ReferralAccepted')     AS accepted_on,
           any_value(happened_on) FILTER (WHERE type = 'ReferralReturned')     AS returned_on,
           any_value(reason) FILTER (WHERE type = 'ReferralReturned')          AS return_reason,
           any_value(happened_on) FILTER (WHERE type = 'InsatsStarted')        AS started_on,
           any_value(happened_on) FILTER (WHERE type = 'ParticipantExited')    AS exited_on,
           any_value(reason) FILTER (WHERE type = 'ParticipantExited')         AS exit_reason,
           any_value(national_code) FILTER (WHERE type = 'ParticipantExited')  AS national_code
    FROM (
        SELECT DISTINCT ON (case_id, type)
               case_id,
               type,
               sequence,
               happened_on,
               CASE type WHEN 'ReferralReceived' THEN (data ->> 'person_id')::uuid END AS person_id,
               data ->> 'insats'        AS insats,
               data ->> 'sex'           AS sex,
               data ->> 'agency'        AS agency,
               data ->> 'unit_kind'     AS unit_kind,
               data ->> 'reason'        AS reason,
               data ->> 'national_code' AS national_code
        FROM known
        WHERE type IN ('ReferralReceived', 'ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn', 'ReferralAccepted',
                       'ReferralReturned', 'InsatsStarted', 'ParticipantExited')
        ORDER BY case_id, type, sequence DESC
    ) AS latest
    GROUP BY case_id
) AS gathered
