-- Returns who has logged out, the first time.
UPDATE auth_sessions SET ended_at = now(), tokens = NULL, renew_at = NULL
WHERE id = $1 AND ended_at IS NULL
RETURNING principal, name, role
