-- What reports add up, by lot and day and by site and hour. Here they are views; on TimescaleDB sql/timescale/ puts continuous
-- aggregates with the same columns in their place.

-- A day is one of UTC and only files the rows: a jour of a lot that spans two of them has two rows, which readers put together.
CREATE VIEW gavage_lot_jour AS
SELECT date_bin('1 day', time, '2000-01-01T00:00:00Z') AS bucket, code_lot, gaveur_id, site_code, jour,
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
GROUP BY date_bin('1 day', time, '2000-01-01T00:00:00Z'), code_lot, gaveur_id, site_code, jour;

CREATE VIEW gavage_site_heure AS
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS bucket, site_code,
    count(*) AS releves,
    avg(dose_reelle) AS dose_reelle,
    avg(dose_theorique) AS dose_theorique,
    avg(poids_moyen) AS poids_moyen,
    avg(temperature_stabule) AS temperature_stabule,
    avg(humidite_stabule) AS humidite_stabule
FROM gavage_data
GROUP BY date_bin('1 hour', time, '2000-01-01T00:00:00Z'), site_code;

-- The views find their days and hours through these; chunks do it on TimescaleDB, which drops them.
CREATE INDEX gavage_data_gaveur_bucket ON gavage_data (gaveur_id, date_bin('1 day', time, '2000-01-01T00:00:00Z'));
CREATE INDEX gavage_data_site_bucket ON gavage_data (site_code, date_bin('1 hour', time, '2000-01-01T00:00:00Z'));
