-- $1 and $2 scope, $3 ids of lots. The first weight of each lot, its maize and its livers. The maize of a lot that is summed up stands with
-- it, and that of the few others is summed up here.
WITH chosen AS MATERIALIZED (
    SELECT id AS lot_id, bilan_fait, mais_g_par_canard
    FROM lots_gavage
    WHERE id = ANY ($3) AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
),
weighed AS MATERIALIZED (
    SELECT DISTINCT ON (lot_id) lot_id, coalesce(poids_matin, poids_soir) AS poids_initial
    FROM gavage_lot_jour
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen)) AND (poids_matin IS NOT NULL OR poids_soir IS NOT NULL)
    ORDER BY lot_id, jour, bucket
),
foies AS MATERIALIZED (
    SELECT lot_id, masse_moyenne_g, sigma
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
),
mais AS MATERIALIZED (
    SELECT lot_id, g_par_canard
    FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen WHERE NOT bilan_fait))
)
SELECT chosen.lot_id, weighed.poids_initial, foies.masse_moyenne_g, foies.sigma,
    CASE WHEN chosen.bilan_fait THEN chosen.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard
FROM chosen
LEFT JOIN weighed USING (lot_id)
LEFT JOIN foies USING (lot_id)
LEFT JOIN mais USING (lot_id)
