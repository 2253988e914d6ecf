DELETE FROM ws_registry
USING unnest($2::text[], $3::bigint[]) AS given (user_id, generation)
WHERE ws_registry.process = $1
    AND ws_registry.user_id = given.user_id
    AND ws_registry.generation <= given.generation
