-- Readings in chunks of seven days.
CREATE EXTENSION IF NOT EXISTS timescaledb;

DROP INDEX IF EXISTS gavage_data_bucket;

SELECT create_hypertable(
    'gavage_data', 'time',
    chunk_time_interval => INTERVAL '7 days',
    create_default_indexes => false,
    if_not_exists => true,
    migrate_data => true);

-- A lot has one gaveur, so the second segment column costs nothing and lets his readings be found in compressed chunks.
ALTER TABLE gavage_data SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'lot_id, gaveur_id',
    timescaledb.compress_orderby = 'time DESC');
