-- Every key, the newest first. Whether one is valid is decided by the database's clock, which all servers share.
SELECT id, digest, name, role, site_codes, gaveur_id, device_id, simule, created_at, expires_at, revoked_at,
    revoked_at IS NOT NULL AS is_revoked,
    coalesce(expires_at <= now(), false) AS is_expired,
    coalesce(expires_at <= now() + INTERVAL '1 minute', false) AS is_expiring
FROM api_keys
ORDER BY created_at DESC, id
LIMIT 10000
