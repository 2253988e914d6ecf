-- $1 gaveur, $2 and $3 the ends of the window, both within. Gain in g per day of each lot that was weighed on two days or more.
-- Arrays compare by their first element, the place of the meal, so min and max find the first and the last weighing.
WITH ends AS (
    SELECT code_lot, min(jour) AS first_jour, max(jour) AS last_jour,
        min(ARRAY[2 * jour + meal.place, meal.poids]) AS first,
        max(ARRAY[2 * jour + meal.place, meal.poids]) AS last
    FROM gavage_lot_jour
    CROSS JOIN LATERAL (VALUES (0, time_matin, poids_matin), (1, time_soir, poids_soir)) AS meal (place, time, poids)
    WHERE gaveur_id = $1 AND bucket BETWEEN date_bin('1 day', $2, '2000-01-01T00:00:00Z') AND $3 AND meal.time BETWEEN $2 AND $3
        AND meal.poids IS NOT NULL
    GROUP BY code_lot
)
SELECT code_lot, (last[2] - first[2]) / (last_jour - first_jour) AS gain
FROM ends
WHERE last_jour > first_jour
ORDER BY gain DESC, code_lot;
