-- What changed since the aggregates were last refreshed: days of UTC of readings, hours of samples. Readers take those buckets from the
-- readings and samples themselves, so that what comes late, or is corrected, shows at once.
-- See docs/decisions/0021-continuous-aggregates.md.
CREATE TABLE IF NOT EXISTS stale_buckets (
    source     text NOT NULL CHECK (source IN ('gavage_data', 'sensor_samples', 'consumer_feedbacks')),
    bucket     timestamptz NOT NULL,
    -- Differs for every transaction, so that a refresh can tell whether the bucket changed again under its hands.
    stamped_by xid8 NOT NULL,
    PRIMARY KEY (source, bucket)
);

-- Marks the buckets of what was written or deleted. Its arguments: the table and the width of a bucket.
CREATE OR REPLACE FUNCTION mark_stale_buckets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_table text := TG_ARGV[0];
    width interval := TG_ARGV[1];
    buckets timestamptz[];
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        SELECT array_agg(DISTINCT time_bucket(width, time)) INTO buckets FROM changed;
    ELSE
        buckets := ARRAY[time_bucket(width, OLD.time)];
    END IF;
    -- In order, so that two writers cannot lock each other out.
    INSERT INTO stale_buckets (source, bucket, stamped_by)
    SELECT of_table, stale, pg_current_xact_id() FROM unnest(buckets) AS stale ORDER BY stale
    ON CONFLICT (source, bucket) DO UPDATE SET stamped_by = EXCLUDED.stamped_by;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER gavage_data_inserted AFTER INSERT ON gavage_data
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('gavage_data', '1 day');
CREATE OR REPLACE TRIGGER gavage_data_updated AFTER UPDATE ON gavage_data
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_stale_buckets('gavage_data', '1 day');
-- For each row: a compressed hypertable has no transition tables for deletions, which are made by hand and are few.
CREATE OR REPLACE TRIGGER gavage_data_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION mark_stale_buckets('gavage_data', '1 day');
