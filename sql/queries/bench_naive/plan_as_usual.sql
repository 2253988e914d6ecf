-- The pool of the server asks for plans that suit REST.
SET plan_cache_mode = auto
