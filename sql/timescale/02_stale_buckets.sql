-- The UTC days whose readings changed since the last refresh of the aggregates. Queries read those days from the readings, so that a late
-- reading or a correction is visible at once. See docs/decisions/0021-continuous-aggregates.md.
CREATE TABLE IF NOT EXISTS stale_buckets (
    bucket     timestamptz PRIMARY KEY,
    -- Differs for every transaction, so that a refresh can tell whether the day changed again meanwhile.
    stamped_by xid8 NOT NULL
);

CREATE OR REPLACE FUNCTION mark_changed_buckets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Ordered, so that two writers cannot deadlock.
    INSERT INTO stale_buckets (bucket, stamped_by)
    SELECT DISTINCT time_bucket('1 day', time) AS bucket, pg_current_xact_id() FROM changed ORDER BY bucket
    ON CONFLICT (bucket) DO UPDATE SET stamped_by = EXCLUDED.stamped_by;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION mark_bucket_of_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_buckets (bucket, stamped_by) VALUES (time_bucket('1 day', OLD.time), pg_current_xact_id())
    ON CONFLICT (bucket) DO UPDATE SET stamped_by = EXCLUDED.stamped_by;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER gavage_data_inserted AFTER INSERT ON gavage_data
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_buckets();
CREATE OR REPLACE TRIGGER gavage_data_updated AFTER UPDATE ON gavage_data
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_buckets();
-- A row trigger, because a compressed hypertable has no transition tables for deletions. Deletions are manual and few.
CREATE OR REPLACE TRIGGER gavage_data_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION mark_bucket_of_deleted();
