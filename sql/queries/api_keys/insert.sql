-- Parameters: id, digest, name, role, codes of the sites, gaveur, station, seconds until it expires or null, simulated.
INSERT INTO api_keys (id, digest, name, role, site_codes, gaveur_id, device_id, expires_at, simule)
VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8::float8), $9)
