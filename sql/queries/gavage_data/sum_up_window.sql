-- $1 and $2 scope, $3 gaveur, $4 start and $5 end of the window, both inclusive. Reads the meals of the window once; each figure is a
-- separate subquery over them, because a join would multiply the rows.
WITH meals AS MATERIALIZED (
    SELECT lot_id, code_lot, jour, 2 * jour + (moment = 'soir')::integer AS place, dose_reelle AS dose, poids_moyen AS poids
    FROM gavage_data
    WHERE gaveur_id = $3 AND time BETWEEN $4 AND $5
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
),
-- Given maize per day.
days AS (
    SELECT sum(dose) AS given FROM meals GROUP BY lot_id, jour
),
-- Arrays compare by their first element, the position of the meal, so min and max return the first and the last weighing.
ends AS (
    SELECT lot_id, code_lot, min(jour) AS first_jour, max(jour) AS last_jour,
        min(ARRAY[place, poids]) AS first, max(ARRAY[place, poids]) AS last
    FROM meals
    WHERE poids IS NOT NULL
    GROUP BY lot_id, code_lot
),
-- Gain in g per day, of each lot weighed on at least two days.
gains AS (
    SELECT lot_id, code_lot, (last[2] - first[2]) / (last_jour - first_jour) AS gain FROM ends WHERE last_jour > first_jour
)
SELECT
    (SELECT count(*) FROM meals) AS gavages_total,
    (SELECT avg(given) FROM days) AS dose_moyenne,
    (SELECT coalesce(sum(nb_canards_actuel), 0) FROM lots_gavage
        WHERE id IN (SELECT lot_id FROM meals) AND ($1::text[] IS NULL OR site_code = ANY ($1))
            AND ($2::integer IS NULL OR gaveur_id = $2)) AS canards_gaves,
    (SELECT coalesce(array_agg(code_lot ORDER BY gain DESC, code_lot, lot_id), '{}') FROM gains) AS gain_lots,
    (SELECT coalesce(array_agg(gain ORDER BY gain DESC, code_lot, lot_id), '{}') FROM gains) AS gains;
