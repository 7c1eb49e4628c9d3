SELECT DISTINCT ON (case_id, sequence) case_id, sequence, data ->> 'lots_id' AS lots_id, happened_on AS assigned_on
FROM known
WHERE type = 'LotsAssigned'
ORDER BY case_id, sequence
