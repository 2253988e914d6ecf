-- $1 gaveur, $2 and $3 the ends of the window, both within.
SELECT count(*)
FROM gavage_lot_jour
CROSS JOIN LATERAL (VALUES (time_matin), (time_soir)) AS meal (time)
WHERE gaveur_id = $1 AND bucket BETWEEN date_bin('1 day', $2, '2000-01-01T00:00:00Z') AND $3 AND meal.time BETWEEN $2 AND $3;
