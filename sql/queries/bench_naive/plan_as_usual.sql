-- The server's pool sets a plan mode that suits REST.
SET plan_cache_mode = auto
