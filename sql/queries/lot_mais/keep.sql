-- $1 finished lots. Computes the same sum as the view lot_mais, but from the meals: the natural keys give the range of times, so that
-- TimescaleDB opens few chunks and does not scan a changed day for all lots.
UPDATE lots_gavage lot SET bilan_fait = true, mais_g_par_canard = given.g_par_canard
FROM unnest($1::bigint[]) AS named (lot_id)
CROSS JOIN LATERAL (SELECT min(time) AS first, max(time) AS last FROM repas WHERE repas.lot_id = named.lot_id) AS span
CROSS JOIN LATERAL (
    SELECT CASE WHEN min(place) <= 1 AND max(place) - min(place) + 1 = count(*) THEN sum(dose_reelle) END AS g_par_canard
    FROM (
        SELECT 2 * jour + (moment = 'soir')::integer AS place, dose_reelle
        FROM gavage_data
        WHERE gavage_data.lot_id = named.lot_id AND time >= span.first AND time <= span.last
        OFFSET 0
    ) AS meals
) AS given
WHERE lot.id = named.lot_id AND (lot.bilan_fait, lot.mais_g_par_canard) IS DISTINCT FROM (true, given.g_par_canard)
