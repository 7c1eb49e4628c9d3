-- Of each kind of event the latest counts. Without consent reasons are left out, even where an event carried one.
SELECT case_id,
       received.person_id,
       coalesce(received.insats, started.insats)                            AS insats,
       received.sex,
       consent.state                                                        AS consent,
       received.agency,
       received.unit_kind,
       received.happened_on                                                 AS referred_on,
       accepted.happened_on                                                 AS accepted_on,
       returned.happened_on                                                 AS returned_on,
       CASE WHEN consent.state = 'given' THEN returned.reason END           AS return_reason,
       started.happened_on                                                  AS started_on,
       exited.happened_on                                                   AS exited_on,
       CASE WHEN consent.state = 'given' THEN exited.reason END             AS exit_reason,
       CASE WHEN consent.state = 'given' THEN exited.national_code END      AS national_code
FROM (SELECT DISTINCT case_id FROM known) AS every
LEFT JOIN consent USING (case_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, happened_on, person_id, insats, sex, agency, unit_kind FROM known
    WHERE type = 'ReferralReceived' ORDER BY case_id, sequence DESC
) AS received USING (case_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, happened_on FROM known
    WHERE type = 'ReferralAccepted' ORDER BY case_id, sequence DESC
) AS accepted USING (case_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, happened_on, reason FROM known
    WHERE type = 'ReferralReturned' ORDER BY case_id, sequence DESC
) AS returned USING (case_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, happened_on, insats FROM known
    WHERE type = 'InsatsStarted' ORDER BY case_id, sequence DESC
) AS started USING (case_id)
LEFT JOIN (
    SELECT DISTINCT ON (case_id) case_id, happened_on, reason, national_code FROM known
    WHERE type = 'ParticipantExited' ORDER BY case_id, sequence DESC
) AS exited USING (case_id)
