WITH alive AS MATERIALIZED (
    SELECT (classid::bigint << 32) | objid::bigint AS process_key
    FROM pg_locks
    WHERE locktype = 'advisory'
        AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
DELETE FROM ws_registry
WHERE process <> $1
    AND NOT EXISTS (SELECT FROM alive WHERE alive.process_key = ws_registry.process_key)
