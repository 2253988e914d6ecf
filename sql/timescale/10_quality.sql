-- Samples in chunks of seven days; what the sensors saw goes after 90 days, the scores stay.
SELECT create_hypertable('sensor_samples', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false,
    if_not_exists => true, migrate_data => true);
SELECT create_hypertable('sensor_matrices', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false,
    if_not_exists => true, migrate_data => true);
SELECT add_retention_policy('sensor_matrices', INTERVAL '90 days', if_not_exists => true);
