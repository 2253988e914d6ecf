-- Returns the token $1 only the first time. Tokens of earlier hours are forgotten.
WITH forgotten AS (
    DELETE FROM auth_logouts WHERE received_at < now() - INTERVAL '1 hour'
)
INSERT INTO auth_logouts (jti) VALUES ($1) ON CONFLICT DO NOTHING RETURNING jti
