-- $1 key, $2 address. A process that was taken for dead has no row any more.
INSERT INTO ws_processes (process_key, address, nr) VALUES ($1, $2, 0)
ON CONFLICT DO NOTHING
