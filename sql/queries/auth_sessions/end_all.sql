-- Ends the logins of session $1 at the provider or, without one, of the person $2. A login of which no session is known ends with the person's.
UPDATE auth_sessions SET ended_at = now(), tokens = NULL, renew_at = NULL
WHERE ended_at IS NULL AND (sid = $1 OR principal = $2 AND ($1::text IS NULL OR sid IS NULL))
RETURNING id, principal, name, role
