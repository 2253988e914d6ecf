-- The version of PostgreSQL, that of TimescaleDB if it is there, and the size of this database in bytes.
SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
    pg_database_size(current_database()) AS size
