-- How often the newcomer has asked what, and whether that reads the journal, as it does for what is stored anyway.
SELECT calls, regexp_replace(query, '\s+', ' ', 'g') AS query, query LIKE '%octet\_length(corps)%' AS reads_journal
FROM pg_stat_statements
JOIN pg_roles ON pg_roles.oid = userid
WHERE rolname = 'newcomer'
ORDER BY calls DESC, query
