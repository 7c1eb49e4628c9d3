-- $1 cases. Two workers may read of one case at once, from different topics; the one who folds last must see both.
INSERT INTO stream (stream_id)
SELECT DISTINCT stream_id FROM unnest($1::uuid[]) AS touched (stream_id) ORDER BY stream_id
ON CONFLICT (stream_id) DO UPDATE SET last_sequence = stream.last_sequence
