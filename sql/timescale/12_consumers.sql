-- Ratings in chunks of 30 days, which are dropped after five years; and their aggregate, built like those of meals
-- (docs/decisions/0021-continuous-aggregates.md).
SELECT create_hypertable('consumer_feedbacks', 'time', chunk_time_interval => INTERVAL '30 days', create_default_indexes => false,
    if_not_exists => true, migrate_data => true);
SELECT add_retention_policy('consumer_feedbacks', INTERVAL '5 years', if_not_exists => true);

-- A database of an earlier version knows two sources of stale buckets.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'stale_buckets_source_check' AND pg_get_constraintdef(oid) LIKE '%consumer_feedbacks%') THEN
        ALTER TABLE stale_buckets DROP CONSTRAINT IF EXISTS stale_buckets_source_check;
        ALTER TABLE stale_buckets ADD CONSTRAINT stale_buckets_source_check
            CHECK (source IN ('gavage_data', 'sensor_samples', 'consumer_feedbacks'));
    END IF;
END $$;

CREATE OR REPLACE TRIGGER consumer_feedbacks_inserted AFTER INSERT ON consumer_feedbacks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('consumer_feedbacks', '1 day');
CREATE OR REPLACE TRIGGER consumer_feedbacks_updated AFTER UPDATE ON consumer_feedbacks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('consumer_feedbacks', '1 day');
CREATE OR REPLACE TRIGGER consumer_feedbacks_deleted AFTER DELETE ON consumer_feedbacks
    FOR EACH ROW EXECUTE FUNCTION mark_stale_buckets('consumer_feedbacks', '1 day');

-- Ratings from before the aggregate, which the job of meals refreshes (04_jobs.sql).
INSERT INTO stale_buckets (source, bucket, stamped_by)
SELECT DISTINCT 'consumer_feedbacks', time_bucket('1 day', time), pg_current_xact_id() FROM consumer_feedbacks
WHERE NOT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates WHERE view_name = 'consumer_lot_jour_materialise')
ON CONFLICT DO NOTHING;

CREATE MATERIALIZED VIEW IF NOT EXISTS consumer_lot_jour_materialise
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 day', time) AS bucket, {{consumer_lot_jour}}
FROM consumer_feedbacks
GROUP BY time_bucket('1 day', time), lot_id, code_lot, site_code, gaveur_id, grade, simule
WITH NO DATA;

CREATE INDEX IF NOT EXISTS consumer_lot_jour_lot ON consumer_lot_jour_materialise (lot_id, bucket DESC);

CREATE OR REPLACE VIEW consumer_lot_jour AS
SELECT * FROM consumer_lot_jour_materialise WHERE bucket NOT IN (SELECT bucket FROM stale_buckets WHERE source = 'consumer_feedbacks')
UNION ALL
SELECT stale.bucket, fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT {{consumer_lot_jour}}
    FROM (SELECT * FROM consumer_feedbacks WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 day' OFFSET 0) AS changed
    GROUP BY lot_id, code_lot, site_code, gaveur_id, grade, simule
) AS fresh
WHERE stale.source = 'consumer_feedbacks';

-- An earlier version refreshed them by a job of their own.
SELECT delete_job(job_id) FROM timescaledb_information.jobs WHERE proc_name = 'refresh_stale_ratings';
DROP PROCEDURE IF EXISTS refresh_stale_ratings;
