-- Parameters: request, principal, name, role, address, action, object.
INSERT INTO audit (request, principal, name, role, address, action, object)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (request) DO NOTHING
