-- $1 and $2 scope, $3 earliest last meal, $4 site, $5 gaveur, the last two null for all. Lots for which both the maize and the mean
-- liver mass are known. The maize is stored with the lot if it is summed up there; for the few other lots it is computed here.
WITH chosen AS MATERIALIZED (
    SELECT id AS lot_id, code_lot, site_code, gaveur_id, dernier_releve, nb_canards_actuel, simule, bilan_fait, mais_g_par_canard
    FROM lots_gavage
    WHERE (bilan_releve >= $3 OR (bilan_releve IS NULL AND dernier_releve >= $3))
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
        AND ($4::text IS NULL OR site_code = $4) AND ($5::integer IS NULL OR gaveur_id = $5)
),
foies AS MATERIALIZED (
    SELECT lot_id, masse_moyenne_g
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen WHERE NOT bilan_fait OR mais_g_par_canard > 0)) AND masse_moyenne_g > 0
),
mais AS MATERIALIZED (
    SELECT lot_id, g_par_canard
    FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen JOIN foies USING (lot_id) WHERE NOT bilan_fait))
    UNION ALL
    SELECT lot_id, mais_g_par_canard FROM chosen WHERE bilan_fait
)
SELECT chosen.code_lot, chosen.site_code, chosen.gaveur_id, chosen.dernier_releve, chosen.nb_canards_actuel, chosen.simule,
    foies.masse_moyenne_g, mais.g_par_canard
FROM chosen
JOIN foies USING (lot_id)
JOIN mais USING (lot_id)
WHERE mais.g_par_canard > 0
ORDER BY chosen.dernier_releve DESC, chosen.code_lot, chosen.lot_id DESC
