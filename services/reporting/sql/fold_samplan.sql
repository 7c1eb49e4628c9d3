SELECT DISTINCT ON (case_id, samplan_id)
       case_id,
       (data ->> 'samplan_id')::uuid AS samplan_id,
       data ->> 'insats'             AS insats,
       happened_on                   AS made_on
FROM known
WHERE type = 'SamplanUpprättad'
ORDER BY case_id, samplan_id, sequence DESC
