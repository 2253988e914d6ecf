-- $1 gaveur, $2 number of (lot, jour) pairs. A pair has at most two readings, so the newest 2 × $2 readings hold the newest
-- $2 pairs, and only those are looked up by key.
WITH newest AS (
    SELECT code_lot, jour, time
    FROM gavage_data
    WHERE gaveur_id = $1
    ORDER BY time DESC, code_lot, jour DESC
    LIMIT 2 * $2::bigint
),
days AS (
    SELECT code_lot, jour, max(time) AS time
    FROM newest
    GROUP BY code_lot, jour
    ORDER BY max(time) DESC, code_lot, jour DESC
    LIMIT $2
)
SELECT day.id, days.time, lot.id AS lot_id, days.code_lot, days.jour,
    day.dose_matin, day.dose_soir, day.dose_theorique_matin, day.dose_theorique_soir,
    day.time_matin, day.time_soir, day.poids_matin, day.poids_soir,
    day.temperature_stabule, day.humidite_stabule, previous.poids AS poids_veille
FROM days
JOIN lots_gavage lot USING (code_lot)
CROSS JOIN LATERAL (
    SELECT min(reading.id) AS id,
        max(reading.dose_reelle) FILTER (WHERE moment = 'matin') AS dose_matin,
        max(reading.dose_reelle) FILTER (WHERE moment = 'soir') AS dose_soir,
        max(reading.dose_theorique) FILTER (WHERE moment = 'matin') AS dose_theorique_matin,
        max(reading.dose_theorique) FILTER (WHERE moment = 'soir') AS dose_theorique_soir,
        max(time) FILTER (WHERE moment = 'matin') AS time_matin,
        max(time) FILTER (WHERE moment = 'soir') AS time_soir,
        max(reading.poids_moyen) FILTER (WHERE moment = 'matin') AS poids_matin,
        max(reading.poids_moyen) FILTER (WHERE moment = 'soir') AS poids_soir,
        (array_agg(reading.temperature_stabule ORDER BY time DESC, moment DESC))[1] AS temperature_stabule,
        (array_agg(reading.humidite_stabule ORDER BY time DESC, moment DESC))[1] AS humidite_stabule
    FROM repas meal
    JOIN gavage_data reading USING (code_lot, jour, moment, time)
    WHERE meal.code_lot = days.code_lot AND meal.jour = days.jour AND reading.gaveur_id = $1
) day
LEFT JOIN LATERAL (
    SELECT reading.poids_moyen AS poids
    FROM repas meal
    JOIN gavage_data reading USING (code_lot, jour, moment, time)
    WHERE meal.code_lot = days.code_lot
        AND meal.jour = (SELECT max(jour) FROM repas earlier WHERE earlier.code_lot = days.code_lot AND earlier.jour < days.jour)
        AND reading.poids_moyen IS NOT NULL
    ORDER BY moment DESC
    LIMIT 1
) previous ON true
ORDER BY days.time DESC, days.code_lot, days.jour DESC;
