-- The latest statement registered decides, whatever day it speaks of. Who never stated anything has no row.
SELECT DISTINCT ON (case_id) case_id,
       CASE type WHEN 'ConsentGiven' THEN 'given' WHEN 'ConsentRefused' THEN 'refused' ELSE 'withdrawn' END AS state
FROM known
WHERE type IN ('ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn')
ORDER BY case_id, sequence DESC
