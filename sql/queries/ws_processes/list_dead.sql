-- $1 own key. Other processes whose lock nobody holds.
WITH alive AS MATERIALIZED (
    SELECT (classid::bigint << 32) | objid::bigint AS process_key
    FROM pg_locks
    WHERE locktype = 'advisory'
        AND objsubid = 1
        AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT process_key
FROM (SELECT process_key FROM ws_processes UNION SELECT process_key FROM ws_registry) AS known
WHERE process_key <> $1
    AND NOT EXISTS (SELECT FROM alive WHERE alive.process_key = known.process_key)
