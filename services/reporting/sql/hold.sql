-- $1 cases. Two workers may read of one case at once, from different topics; the one who folds last must see both.
INSERT INTO participation (case_id)
SELECT DISTINCT case_id FROM unnest($1::uuid[]) AS touched (case_id) ORDER BY case_id
ON CONFLICT (case_id) DO UPDATE SET case_id = EXCLUDED.case_id
