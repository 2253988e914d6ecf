-- The entries of the last $1 seconds, the oldest first.
SELECT at, principal, name, role, address, action, object, note
FROM audit
WHERE at >= now() - make_interval(secs => $1::float8)
ORDER BY id
LIMIT $2
