-- A key that is revoked stays so. Returns the key, if there is one.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING id
