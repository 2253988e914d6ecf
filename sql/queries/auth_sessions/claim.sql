-- At most $1 logins that are due for renewal. Nobody else gets them for $2 seconds.
WITH due AS (
    SELECT id FROM auth_sessions
    WHERE renew_at <= now() AND expires_at > now() AND ended_at IS NULL
    ORDER BY renew_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE auth_sessions SET renew_at = now() + make_interval(secs => $2::float8)
FROM due WHERE auth_sessions.id = due.id
RETURNING auth_sessions.id, principal, name, role, site_codes, gaveur_id, NULL::text AS device_id, false AS simule, tokens, failures
