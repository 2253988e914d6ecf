-- Begins to count.
SELECT pg_stat_statements_reset()
