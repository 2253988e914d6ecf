-- Samples by station and hour, built like the aggregates of meals (docs/decisions/0021-continuous-aggregates.md), but stale by the hour:
-- a day of many stations with one sample a second is too much to sum up in each query.
DROP INDEX IF EXISTS sensor_samples_bucket;

CREATE OR REPLACE TRIGGER sensor_samples_inserted AFTER INSERT ON sensor_samples
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('sensor_samples', '1 hour');
CREATE OR REPLACE TRIGGER sensor_samples_updated AFTER UPDATE ON sensor_samples
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('sensor_samples', '1 hour');
CREATE OR REPLACE TRIGGER sensor_samples_deleted AFTER DELETE ON sensor_samples
    FOR EACH ROW EXECUTE FUNCTION mark_stale_buckets('sensor_samples', '1 hour');

CREATE MATERIALIZED VIEW IF NOT EXISTS sqal_station_heure_materialise
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 hour', time) AS bucket, {{sqal_station_heure}}
FROM sensor_samples
GROUP BY time_bucket('1 hour', time), device_id, site_code, lot_id, code_lot
WITH NO DATA;

CREATE INDEX IF NOT EXISTS sqal_station_heure_lot ON sqal_station_heure_materialise (lot_id, bucket DESC);
CREATE INDEX IF NOT EXISTS sqal_station_heure_code ON sqal_station_heure_materialise (code_lot, bucket DESC);
CREATE INDEX IF NOT EXISTS sqal_station_heure_station ON sqal_station_heure_materialise (device_id, bucket DESC);

CREATE OR REPLACE VIEW sqal_station_heure AS
SELECT * FROM sqal_station_heure_materialise WHERE bucket NOT IN (SELECT bucket FROM stale_buckets WHERE source = 'sensor_samples')
UNION ALL
SELECT stale.bucket, fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT {{sqal_station_heure}}
    FROM (SELECT * FROM sensor_samples WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 hour' OFFSET 0) AS changed
    GROUP BY device_id, site_code, lot_id, code_lot
) AS fresh
WHERE stale.source = 'sensor_samples';

-- Refreshes the stale hours of a day at once, but not the current hour, which keeps changing. As with meals, an hour that changes again
-- meanwhile has another stamp and stays stale.
CREATE OR REPLACE PROCEDURE refresh_stale_sample_hours(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
    stale record;
BEGIN
    FOR stale IN
        SELECT array_agg(bucket) AS hours, array_agg(stamped_by) AS stamps, min(bucket) AS first, max(bucket) AS last
        FROM stale_buckets
        WHERE source = 'sensor_samples' AND bucket <> time_bucket('1 hour', now())
        GROUP BY time_bucket('1 day', bucket)
        ORDER BY first
    LOOP
        CALL refresh_continuous_aggregate('sqal_station_heure_materialise', stale.first, stale.last + INTERVAL '1 hour');
        DELETE FROM stale_buckets known
        USING unnest(stale.hours, stale.stamps) AS seen (bucket, stamp)
        WHERE known.source = 'sensor_samples' AND known.bucket = seen.bucket AND known.stamped_by = seen.stamp;
        COMMIT;
    END LOOP;
END $$;

-- Samples from before the aggregate existed.
INSERT INTO stale_buckets (source, bucket, stamped_by)
SELECT DISTINCT 'sensor_samples', time_bucket('1 hour', time), pg_current_xact_id() FROM sensor_samples
WHERE NOT EXISTS (SELECT FROM timescaledb_information.jobs WHERE proc_name = 'refresh_stale_sample_hours')
ON CONFLICT DO NOTHING;

SELECT add_job('refresh_stale_sample_hours', INTERVAL '15 minutes')
WHERE NOT EXISTS (SELECT FROM timescaledb_information.jobs WHERE proc_name = 'refresh_stale_sample_hours');
