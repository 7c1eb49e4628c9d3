-- How many rows each fact table has, and a number that is the same only if all their values are.
SELECT 'participation' AS fact, count(*) AS rows, coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) AS sum
FROM participation AS row
UNION ALL
SELECT 'meeting', count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM meeting AS row
UNION ALL
SELECT 'samplan', count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM samplan AS row
UNION ALL
SELECT 'follow_up', count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM follow_up AS row
UNION ALL
SELECT 'lots', count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM lots AS row
