-- Continuous aggregates, whose columns stand in sql/aggregates/, and views of the names that queries know, which put the fresh part in: days in stale_buckets come
-- from the readings, a day at a time. The aggregates hold what was refreshed and no more, because the extension's own real-time part
-- ends where the last refresh ended and cannot see what came late.
-- OFFSET 0 in the fresh part keeps the grouping out of the choice of a scan: to get the readings in its order, PostgreSQL would merge
-- those of all chunks instead of leaving out, when it runs, the chunks that do not hold the day.
CREATE MATERIALIZED VIEW IF NOT EXISTS gavage_lot_jour_materialise
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 day', time) AS bucket, {{gavage_lot_jour}}
FROM gavage_data
GROUP BY time_bucket('1 day', time), lot_id, code_lot, gaveur_id, site_code, jour
WITH NO DATA;

CREATE INDEX IF NOT EXISTS gavage_lot_jour_lot ON gavage_lot_jour_materialise (lot_id, jour);
CREATE INDEX IF NOT EXISTS gavage_lot_jour_gaveur ON gavage_lot_jour_materialise (gaveur_id, bucket DESC);

CREATE MATERIALIZED VIEW IF NOT EXISTS gavage_site_heure_materialise
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 hour', time) AS bucket, {{gavage_site_heure}}
FROM gavage_data
GROUP BY time_bucket('1 hour', time), site_code
WITH NO DATA;

CREATE INDEX IF NOT EXISTS gavage_site_heure_site ON gavage_site_heure_materialise (site_code, bucket DESC);

CREATE OR REPLACE VIEW gavage_lot_jour AS
SELECT * FROM gavage_lot_jour_materialise WHERE bucket NOT IN (SELECT bucket FROM stale_buckets WHERE source = 'gavage_data')
UNION ALL
SELECT stale.bucket, fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT {{gavage_lot_jour}}
    FROM (SELECT * FROM gavage_data WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 day' OFFSET 0) AS changed
    GROUP BY lot_id, code_lot, gaveur_id, site_code, jour
) AS fresh
WHERE stale.source = 'gavage_data';

CREATE OR REPLACE VIEW gavage_site_heure AS
SELECT * FROM gavage_site_heure_materialise WHERE time_bucket('1 day', bucket) NOT IN (SELECT bucket FROM stale_buckets WHERE source = 'gavage_data')
UNION ALL
SELECT fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT time_bucket('1 hour', time) AS bucket, {{gavage_site_heure}}
    FROM (SELECT * FROM gavage_data WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 day' OFFSET 0) AS changed
    GROUP BY time_bucket('1 hour', time), site_code
) AS fresh
WHERE stale.source = 'gavage_data';
