-- $1 gaveur, $2 and $3 the ends of the window, both within. Mean over (lot, jour) of what was given that day; null without readings.
SELECT avg(given) FROM (
    SELECT sum(dose_reelle) AS given
    FROM gavage_data
    WHERE gaveur_id = $1 AND time BETWEEN $2 AND $3
    GROUP BY code_lot, jour
) AS days;
