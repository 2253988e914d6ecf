-- Samples in chunks of seven days, compressed after seven days. Matrices are dropped after 90 days, scores are kept.
SELECT create_hypertable('sensor_samples', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false,
    if_not_exists => true, migrate_data => true);
SELECT create_hypertable('sensor_matrices', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false,
    if_not_exists => true, migrate_data => true);

ALTER TABLE sensor_samples SET (
    timescaledb.compress, timescaledb.compress_segmentby = 'device_id', timescaledb.compress_orderby = 'time DESC');
SELECT add_compression_policy('sensor_samples', INTERVAL '7 days', if_not_exists => true);
SELECT add_retention_policy('sensor_matrices', INTERVAL '90 days', if_not_exists => true);
