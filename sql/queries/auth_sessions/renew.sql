-- The provider has confirmed login $1. Parameters: name, role, codes of the sites, gaveur, sealed tokens, seconds until it expires, seconds until it
-- is renewed. A login that was ended meanwhile stays so.
UPDATE auth_sessions SET name = $2, role = $3, site_codes = $4, gaveur_id = $5, tokens = $6, failures = 0,
    expires_at = now() + make_interval(secs => $7::float8),
    renew_at = now() + make_interval(secs => $8::float8)
WHERE id = $1 AND ended_at IS NULL
