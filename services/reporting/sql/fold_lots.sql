SELECT case_id, sequence, lots_id, happened_on AS assigned_on FROM known WHERE type = 'LotsAssigned'
