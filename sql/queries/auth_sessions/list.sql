-- Every login that is valid or has just expired, the newest first.
SELECT id, digest, name, role, site_codes, gaveur_id, NULL::text AS device_id, false AS simule, created_at, expires_at,
    ended_at IS NOT NULL AS is_revoked,
    expires_at <= now() AS is_expired,
    expires_at <= now() + INTERVAL '1 minute' AS is_expiring
FROM auth_sessions
WHERE expires_at > now() - INTERVAL '5 minutes'
ORDER BY created_at DESC, id
LIMIT 10000
