-- $1 and $2 scope, $3 gaveur, $4 number of (lot, jour) pairs. A pair has at most two readings, so the newest 2 × $4 readings contain the
-- newest $4 pairs. The values of those days, and of the fed day before each, come from the aggregate. The EXISTS saves a search of every
-- chunk for an unknown gaveur.
WITH newest AS (
    SELECT lot_id, code_lot, jour, time
    FROM gavage_data
    WHERE gaveur_id = $3 AND EXISTS (SELECT FROM gaveurs_euralis WHERE id = $3)
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    ORDER BY time DESC
    FETCH FIRST (2 * $4::bigint) ROWS WITH TIES
),
wanted AS MATERIALIZED (
    SELECT lot_id, code_lot, jour, max(time) AS time,
        (SELECT max(repas.jour) FROM repas WHERE repas.lot_id = newest.lot_id AND repas.jour < newest.jour) AS jour_veille
    FROM newest
    GROUP BY lot_id, code_lot, jour
    ORDER BY max(time) DESC, code_lot, lot_id DESC, jour DESC
    LIMIT $4
),
extent AS MATERIALIZED (
    SELECT date_bin('1 day', min(repas.time), '2000-01-01T00:00:00Z') AS first, max(repas.time) AS last
    FROM wanted
    JOIN repas ON repas.lot_id = wanted.lot_id AND repas.jour IN (wanted.jour, wanted.jour_veille)
),
parts AS MATERIALIZED (
    SELECT *
    FROM gavage_lot_jour
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM wanted))
        AND bucket BETWEEN (SELECT first FROM extent) AND (SELECT last FROM extent)
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
),
-- One grouping gives both the day and the weight of the fed day before; a join would scan the parts once per day. If a lot changed hands,
-- only this gaveur's meals count, but the weight of the day before is the lot's.
fed AS (
    SELECT lot_id, jour, min(id) FILTER (WHERE his) AS id, max(time_matin) FILTER (WHERE his) AS time_matin,
        max(time_soir) FILTER (WHERE his) AS time_soir, max(dose_matin) FILTER (WHERE his) AS dose_matin,
        max(dose_soir) FILTER (WHERE his) AS dose_soir, max(dose_theorique_matin) FILTER (WHERE his) AS dose_theorique_matin,
        max(dose_theorique_soir) FILTER (WHERE his) AS dose_theorique_soir, max(poids_matin) FILTER (WHERE his) AS poids_matin,
        max(poids_soir) FILTER (WHERE his) AS poids_soir, max(temperature_matin) FILTER (WHERE his) AS temperature_matin,
        max(temperature_soir) FILTER (WHERE his) AS temperature_soir, max(humidite_matin) FILTER (WHERE his) AS humidite_matin,
        max(humidite_soir) FILTER (WHERE his) AS humidite_soir,
        lag(coalesce(max(poids_soir), max(poids_matin))) OVER (PARTITION BY lot_id ORDER BY jour) AS poids_veille
    FROM (SELECT *, gaveur_id = $3 AS his FROM parts) AS parts
    GROUP BY lot_id, jour
)
SELECT fed.id, wanted.time, wanted.lot_id, wanted.code_lot, wanted.jour,
    fed.dose_matin, fed.dose_soir, fed.dose_theorique_matin, fed.dose_theorique_soir,
    fed.time_matin, fed.time_soir, fed.poids_matin, fed.poids_soir,
    CASE WHEN time_matin > time_soir THEN temperature_matin WHEN time_soir IS NULL THEN temperature_matin
        ELSE temperature_soir END AS temperature_stabule,
    CASE WHEN time_matin > time_soir THEN humidite_matin WHEN time_soir IS NULL THEN humidite_matin
        ELSE humidite_soir END AS humidite_stabule,
    fed.poids_veille
FROM wanted
JOIN fed USING (lot_id, jour)
ORDER BY wanted.time DESC, wanted.code_lot, wanted.lot_id DESC, wanted.jour DESC;
