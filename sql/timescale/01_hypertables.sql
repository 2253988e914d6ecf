-- Readings in chunks of seven days.
CREATE EXTENSION IF NOT EXISTS timescaledb;

SELECT create_hypertable(
    'gavage_data', 'time',
    chunk_time_interval => INTERVAL '7 days',
    create_default_indexes => false,
    if_not_exists => true,
    migrate_data => true);
