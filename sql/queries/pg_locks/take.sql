-- Held by a process for as long as it lives: $1 the key of its lock in the registry, $2 the class of the locks of all servers, and $3 its number
-- among them. $4 is how others see it in pg_stat_activity. Whether it has the first.
SELECT pg_try_advisory_lock($1) AS is_seen, pg_try_advisory_lock($2, $3), set_config('application_name', $4, false)
