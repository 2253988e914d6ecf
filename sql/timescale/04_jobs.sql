-- Refreshes the changed days of meals and of ratings, except today, which keeps changing. A day that changes again meanwhile stays stale: either its stamp is
-- different by then, or a writer holds its row locked until it is.
CREATE OR REPLACE PROCEDURE refresh_stale_buckets(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
    stale record;
BEGIN
    FOR stale IN
        SELECT source, bucket, stamped_by AS stamp FROM stale_buckets
        WHERE source IN ('gavage_data', 'consumer_feedbacks') AND bucket <> time_bucket('1 day', now())
        ORDER BY source DESC, bucket
    LOOP
        IF stale.source = 'gavage_data' THEN
            CALL refresh_continuous_aggregate('gavage_lot_jour_materialise', stale.bucket, stale.bucket + INTERVAL '1 day');
            CALL refresh_continuous_aggregate('gavage_site_heure_materialise', stale.bucket, stale.bucket + INTERVAL '1 day');
        ELSE
            CALL refresh_continuous_aggregate('consumer_lot_jour_materialise', stale.bucket, stale.bucket + INTERVAL '1 day');
        END IF;
        DELETE FROM stale_buckets WHERE source = stale.source AND bucket = stale.bucket AND stamped_by = stale.stamp;
        COMMIT;
    END LOOP;
END $$;

-- Deletes the natural keys of readings that the retention policy has dropped.
CREATE OR REPLACE PROCEDURE forget_dropped_meals(job_id integer, config jsonb) LANGUAGE sql AS $$
    DELETE FROM repas WHERE time < (SELECT min(range_start) FROM timescaledb_information.chunks WHERE hypertable_name = 'gavage_data')
        AND time < now() - INTERVAL '2 years';
$$;

-- Readings from before the aggregates existed.
INSERT INTO stale_buckets (source, bucket, stamped_by)
SELECT DISTINCT 'gavage_data', time_bucket('1 day', time), pg_current_xact_id() FROM gavage_data
WHERE NOT EXISTS (SELECT FROM timescaledb_information.jobs WHERE proc_name = 'refresh_stale_buckets')
ON CONFLICT DO NOTHING;

SELECT add_job('refresh_stale_buckets', INTERVAL '15 minutes')
WHERE NOT EXISTS (SELECT FROM timescaledb_information.jobs WHERE proc_name = 'refresh_stale_buckets');
SELECT add_compression_policy('gavage_data', INTERVAL '7 days', if_not_exists => true);
SELECT add_retention_policy('gavage_data', INTERVAL '2 years', if_not_exists => true);
SELECT add_job('forget_dropped_meals', INTERVAL '1 day')
WHERE NOT EXISTS (SELECT FROM timescaledb_information.jobs WHERE proc_name = 'forget_dropped_meals');
