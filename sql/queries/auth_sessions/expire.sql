-- Login $1 is not renewed any more, and ends after $2 seconds, unless it ends before.
UPDATE auth_sessions SET tokens = NULL, renew_at = NULL, expires_at = least(expires_at, now() + make_interval(secs => $2::float8))
WHERE id = $1
