-- $1 gaveur, $2 and $3 the ends of the window, both within. Mean over (lot, jour) of what was given that day; null without readings.
SELECT avg(given) FROM (
    SELECT sum(meal.dose) AS given
    FROM gavage_lot_jour
    CROSS JOIN LATERAL (VALUES (time_matin, dose_matin), (time_soir, dose_soir)) AS meal (time, dose)
    WHERE gaveur_id = $1 AND bucket BETWEEN date_bin('1 day', $2, '2000-01-01T00:00:00Z') AND $3 AND meal.time BETWEEN $2 AND $3
    GROUP BY code_lot, jour
) AS days;
