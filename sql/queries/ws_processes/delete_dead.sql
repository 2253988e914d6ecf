-- $1 keys. Deletes the rows of these processes, unless they live: which of them are to be told of, and how many users each left in the registry.
WITH alive AS MATERIALIZED (
    SELECT (classid::bigint << 32) | objid::bigint AS process_key
    FROM pg_locks
    WHERE locktype = 'advisory'
        AND objsubid = 1
        AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
dead AS (
    SELECT given.process_key
    FROM unnest($1::bigint[]) AS given (process_key)
    WHERE NOT EXISTS (SELECT FROM alive WHERE alive.process_key = given.process_key)
),
users AS (
    DELETE FROM ws_registry USING dead
    WHERE ws_registry.process_key = dead.process_key
    RETURNING ws_registry.process_key
),
gone AS (
    DELETE FROM ws_processes USING dead
    WHERE ws_processes.process_key = dead.process_key
    RETURNING ws_processes.process_key, ws_processes.address
)
SELECT gone.process_key, gone.address, (SELECT count(*) FROM users WHERE users.process_key = gone.process_key) AS users
FROM gone
