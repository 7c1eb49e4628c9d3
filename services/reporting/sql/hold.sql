-- $1 cases. Two workers may read of one case at once, from different topics; the one who folds last must see both.
INSERT INTO case_stream (case_id)
SELECT DISTINCT case_id FROM unnest($1::uuid[]) AS touched (case_id) ORDER BY case_id
ON CONFLICT (case_id) DO UPDATE SET last_sequence = case_stream.last_sequence
