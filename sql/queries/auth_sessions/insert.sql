-- Parameters: id, digest, principal, name, role, codes of the sites, gaveur, seconds until it expires, the provider's session, sealed tokens,
-- seconds until it is renewed or null. Logins of earlier days are deleted.
WITH deleted AS (
    DELETE FROM auth_sessions WHERE expires_at < now() - INTERVAL '1 day'
)
INSERT INTO auth_sessions (id, digest, principal, name, role, site_codes, gaveur_id, expires_at, sid, tokens, renew_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8::float8), $9, $10, now() + make_interval(secs => $11::float8))
