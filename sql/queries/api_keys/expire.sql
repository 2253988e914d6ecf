-- The key ends after $2 seconds, unless it ends before.
UPDATE api_keys SET expires_at = least(expires_at, now() + make_interval(secs => $2::float8))
WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
RETURNING name, role, site_codes, gaveur_id, device_id, simule
