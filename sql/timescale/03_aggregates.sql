-- Continuous aggregates, and views with the names that queries use. A view adds the fresh part: days in stale_buckets come from the
-- readings, one day at a time. The aggregates contain only what was refreshed, because the extension's own real-time part starts where
-- the last refresh ended and misses late readings.
-- OFFSET 0 in the fresh part separates the grouping from the choice of a scan. Otherwise PostgreSQL merges the readings of all chunks to
-- get their order, instead of excluding at run time the chunks that do not contain the day.
CREATE MATERIALIZED VIEW IF NOT EXISTS gavage_lot_jour_materialise
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 day', time) AS bucket, lot_id, code_lot, gaveur_id, site_code, jour,
    min(id) AS id,
    count(*) AS releves,
    max(time) FILTER (WHERE moment = 'matin') AS time_matin,
    max(time) FILTER (WHERE moment = 'soir') AS time_soir,
    max(dose_reelle) FILTER (WHERE moment = 'matin') AS dose_matin,
    max(dose_reelle) FILTER (WHERE moment = 'soir') AS dose_soir,
    max(dose_theorique) FILTER (WHERE moment = 'matin') AS dose_theorique_matin,
    max(dose_theorique) FILTER (WHERE moment = 'soir') AS dose_theorique_soir,
    max(poids_moyen) FILTER (WHERE moment = 'matin') AS poids_matin,
    max(poids_moyen) FILTER (WHERE moment = 'soir') AS poids_soir,
    max(temperature_stabule) FILTER (WHERE moment = 'matin') AS temperature_matin,
    max(temperature_stabule) FILTER (WHERE moment = 'soir') AS temperature_soir,
    max(humidite_stabule) FILTER (WHERE moment = 'matin') AS humidite_matin,
    max(humidite_stabule) FILTER (WHERE moment = 'soir') AS humidite_soir
FROM gavage_data
GROUP BY time_bucket('1 day', time), lot_id, code_lot, gaveur_id, site_code, jour
WITH NO DATA;

CREATE INDEX IF NOT EXISTS gavage_lot_jour_lot ON gavage_lot_jour_materialise (lot_id, jour);
CREATE INDEX IF NOT EXISTS gavage_lot_jour_gaveur ON gavage_lot_jour_materialise (gaveur_id, bucket DESC);

CREATE MATERIALIZED VIEW IF NOT EXISTS gavage_site_heure_sommes
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT time_bucket('1 hour', time) AS bucket, site_code,
    count(*) AS releves,
    count(nb_canards_vivants) AS releves_comptes,
    sum(nb_canards_vivants) AS canards_nourris,
    sum(dose_reelle * nb_canards_vivants) AS mais_g,
    sum(dose_theorique * nb_canards_vivants) AS mais_prevu_g,
    sum(dose_reelle * nb_canards_vivants) FILTER (WHERE dose_theorique IS NOT NULL) AS mais_compare_g,
    sum(poids_moyen * nb_canards_vivants) AS poids_g,
    sum(nb_canards_vivants) FILTER (WHERE poids_moyen IS NOT NULL) AS canards_peses,
    count(temperature_stabule) AS temperatures,
    sum(temperature_stabule) AS temperature_somme,
    count(humidite_stabule) AS humidites,
    sum(humidite_stabule) AS humidite_somme,
    bool_or(simule) AS simule
FROM gavage_data
GROUP BY time_bucket('1 hour', time), site_code
WITH NO DATA;

CREATE INDEX IF NOT EXISTS gavage_site_heure_sommes_site ON gavage_site_heure_sommes (site_code, bucket DESC);

CREATE OR REPLACE VIEW gavage_lot_jour AS
SELECT * FROM gavage_lot_jour_materialise WHERE bucket NOT IN (SELECT bucket FROM stale_buckets)
UNION ALL
SELECT stale.bucket, fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT lot_id, code_lot, gaveur_id, site_code, jour,
        min(id) AS id,
        count(*) AS releves,
        max(time) FILTER (WHERE moment = 'matin') AS time_matin,
        max(time) FILTER (WHERE moment = 'soir') AS time_soir,
        max(dose_reelle) FILTER (WHERE moment = 'matin') AS dose_matin,
        max(dose_reelle) FILTER (WHERE moment = 'soir') AS dose_soir,
        max(dose_theorique) FILTER (WHERE moment = 'matin') AS dose_theorique_matin,
        max(dose_theorique) FILTER (WHERE moment = 'soir') AS dose_theorique_soir,
        max(poids_moyen) FILTER (WHERE moment = 'matin') AS poids_matin,
        max(poids_moyen) FILTER (WHERE moment = 'soir') AS poids_soir,
        max(temperature_stabule) FILTER (WHERE moment = 'matin') AS temperature_matin,
        max(temperature_stabule) FILTER (WHERE moment = 'soir') AS temperature_soir,
        max(humidite_stabule) FILTER (WHERE moment = 'matin') AS humidite_matin,
        max(humidite_stabule) FILTER (WHERE moment = 'soir') AS humidite_soir
    FROM (SELECT * FROM gavage_data WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 day' OFFSET 0) AS changed
    GROUP BY lot_id, code_lot, gaveur_id, site_code, jour
) AS fresh;

CREATE OR REPLACE VIEW gavage_site_heure AS
SELECT * FROM gavage_site_heure_sommes WHERE time_bucket('1 day', bucket) NOT IN (SELECT bucket FROM stale_buckets)
UNION ALL
SELECT fresh.*
FROM stale_buckets stale
CROSS JOIN LATERAL (
    SELECT time_bucket('1 hour', time) AS bucket, site_code,
        count(*) AS releves,
        count(nb_canards_vivants) AS releves_comptes,
        sum(nb_canards_vivants) AS canards_nourris,
        sum(dose_reelle * nb_canards_vivants) AS mais_g,
        sum(dose_theorique * nb_canards_vivants) AS mais_prevu_g,
        sum(dose_reelle * nb_canards_vivants) FILTER (WHERE dose_theorique IS NOT NULL) AS mais_compare_g,
        sum(poids_moyen * nb_canards_vivants) AS poids_g,
        sum(nb_canards_vivants) FILTER (WHERE poids_moyen IS NOT NULL) AS canards_peses,
        count(temperature_stabule) AS temperatures,
        sum(temperature_stabule) AS temperature_somme,
        count(humidite_stabule) AS humidites,
        sum(humidite_stabule) AS humidite_somme,
        bool_or(simule) AS simule
    FROM (SELECT * FROM gavage_data WHERE time >= stale.bucket AND time < stale.bucket + INTERVAL '1 day' OFFSET 0) AS changed
    GROUP BY time_bucket('1 hour', time), site_code
) AS fresh;
