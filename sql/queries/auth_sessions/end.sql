-- Returns who has logged out, the first time. His tokens are kept until he has left the provider too.
UPDATE auth_sessions SET ended_at = now(), renew_at = NULL
WHERE id = $1 AND ended_at IS NULL
RETURNING principal, name, role
