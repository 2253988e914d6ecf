-- What reports and REST add up: meals by lot and day, and by site and hour; samples by station and hour; a lot as a whole. Views here;
-- on TimescaleDB sql/timescale/ puts continuous aggregates with the same columns in the place of the first three.

-- A day is one of UTC and only files the rows: a jour of a lot that spans two of them has two rows, which readers put together.
CREATE VIEW gavage_lot_jour AS
SELECT date_bin('1 day', time, '2000-01-01T00:00:00Z') AS bucket, lot_id, code_lot, gaveur_id, site_code, jour,
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
GROUP BY date_bin('1 day', time, '2000-01-01T00:00:00Z'), lot_id, code_lot, gaveur_id, site_code, jour;

-- Sums and counts, because means cannot be added up. The maize is that of the meals whose ducks were counted.
CREATE VIEW gavage_site_heure AS
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS bucket, site_code,
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
GROUP BY date_bin('1 hour', time, '2000-01-01T00:00:00Z'), site_code;

-- By lot too: a station inspects one at a time, so that adds few rows and lets a lot be summed up.
CREATE VIEW sqal_station_heure AS
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS bucket, device_id, site_code, lot_id, code_lot,
    count(*) AS echantillons,
    count(final_score) AS scores,
    sum(final_score) AS score_somme,
    count(masse_foie_g) AS masses,
    sum(masse_foie_g) AS masse_g,
    count(*) FILTER (WHERE final_grade = 'A+') AS a_plus,
    count(*) FILTER (WHERE final_grade = 'A') AS a,
    count(*) FILTER (WHERE final_grade = 'B') AS b,
    count(*) FILTER (WHERE final_grade = 'C') AS c,
    count(*) FILTER (WHERE final_grade = 'REJECT') AS reject,
    count(*) FILTER (WHERE sellable) AS vendables,
    bool_or(simule) AS simule
FROM sensor_samples
GROUP BY date_bin('1 hour', time, '2000-01-01T00:00:00Z'), device_id, site_code, lot_id, code_lot;

-- The view finds its hours through this; chunks do it on TimescaleDB, which drops it.
CREATE INDEX sensor_samples_bucket ON sensor_samples (date_bin('1 hour', time, '2000-01-01T00:00:00Z'));

-- The maize that a duck of the lot was given, known when every meal from the first day on is there. To be asked for named lots
-- (lot_id = ANY), otherwise it goes through all.
CREATE VIEW lot_mais AS
SELECT lot_id, CASE WHEN first <= 1 AND last - first + 1 = repas THEN given END AS g_par_canard
FROM (
    SELECT lot_id,
        min(2 * jour + (dose_matin IS NULL)::integer) AS first,
        max(2 * jour + (dose_soir IS NOT NULL)::integer) AS last,
        count(dose_matin) + count(dose_soir) AS repas,
        sum(coalesce(dose_matin, 0) + coalesce(dose_soir, 0)) AS given
    FROM gavage_lot_jour
    GROUP BY lot_id
) AS meals;

-- The samples of a lot. To be asked for named lots, as above.
CREATE VIEW lot_foies AS
SELECT lot_id,
    sum(echantillons)::bigint AS echantillons,
    sum(a_plus)::bigint AS a_plus,
    sum(a)::bigint AS a,
    sum(b)::bigint AS b,
    sum(c)::bigint AS c,
    sum(reject)::bigint AS reject,
    sum(vendables)::bigint AS vendables,
    sum(masse_g) / nullif(sum(masses), 0)::double precision AS masse_moyenne_g
FROM sqal_station_heure
WHERE lot_id IS NOT NULL
GROUP BY lot_id;
