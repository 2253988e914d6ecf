-- Parameters: request, principal, name, role, address, action, object, note.
INSERT INTO audit (request, principal, name, role, address, action, object, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (request) DO NOTHING
