-- $1 milliseconds. For the session that reads the journal: it always reads by the key, whatever the table held when the statement was planned. If its
-- process stands still, the session ends after that time, and what it locks is free for others (from PostgreSQL 14 on).
SELECT set_config(name, CASE WHEN name = 'idle_session_timeout' THEN $1 ELSE 'off' END, false)
FROM pg_settings
WHERE name IN ('enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'idle_session_timeout')
