-- $1 cases. Facts never vanish as more events become known, so what is there is overwritten.
WITH known AS MATERIALIZED (
    SELECT case_id, type, sequence, happened_on, value -> 'data' AS data
    FROM event_row
    WHERE case_id = ANY ($1::uuid[])
),
participations AS (
    INSERT INTO participation
@fold_participation
    ON CONFLICT (case_id) DO UPDATE SET
        (person_id, insats, sex, consent, agency, unit_kind, referred_on, accepted_on, returned_on, return_reason,
         started_on, exited_on, exit_reason, national_code) =
        (EXCLUDED.person_id, EXCLUDED.insats, EXCLUDED.sex, EXCLUDED.consent, EXCLUDED.agency, EXCLUDED.unit_kind,
         EXCLUDED.referred_on, EXCLUDED.accepted_on, EXCLUDED.returned_on, EXCLUDED.return_reason,
         EXCLUDED.started_on, EXCLUDED.exited_on, EXCLUDED.exit_reason, EXCLUDED.national_code)
    RETURNING 1
)
SELECT count(*) AS participation FROM participations
