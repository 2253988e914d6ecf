-- Returns the tokens of a login that has ended, and removes them.
UPDATE auth_sessions SET tokens = NULL
FROM (SELECT id, tokens FROM auth_sessions WHERE id = $1 AND ended_at IS NOT NULL FOR UPDATE) AS ended
WHERE auth_sessions.id = ended.id
RETURNING ended.tokens
