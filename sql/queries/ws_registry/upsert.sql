INSERT INTO ws_registry (user_id, process, process_key, pid, address, generation)
SELECT given.user_id, $1, $2, $3, $4, given.generation
FROM unnest($5::text[], $6::bigint[]) AS given (user_id, generation)
ON CONFLICT (user_id, process) DO UPDATE
    SET generation = excluded.generation, connected_at = excluded.connected_at
    WHERE ws_registry.generation < excluded.generation
