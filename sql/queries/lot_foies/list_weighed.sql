-- $1 since, $2 site, $3 gaveur, the last two null for all. Lots fed until then or later of which both the maize and the mean liver are
-- known.
WITH chosen AS MATERIALIZED (
    SELECT code_lot, site_code, gaveur_id, dernier_releve, nb_canards_actuel, simule
    FROM lots_gavage
    WHERE dernier_releve >= $1 AND ($2::text IS NULL OR site_code = $2) AND ($3::integer IS NULL OR gaveur_id = $3)
),
foies AS MATERIALIZED (
    SELECT code_lot, masse_moyenne_g
    FROM lot_foies
    WHERE code_lot = ANY (ARRAY(SELECT code_lot FROM chosen)) AND masse_moyenne_g > 0
),
mais AS MATERIALIZED (
    SELECT code_lot, g_par_canard FROM lot_mais WHERE code_lot = ANY (ARRAY(SELECT code_lot FROM foies)) AND g_par_canard > 0
)
SELECT chosen.*, foies.masse_moyenne_g, mais.g_par_canard
FROM chosen
JOIN foies USING (code_lot)
JOIN mais USING (code_lot)
ORDER BY chosen.dernier_releve DESC, chosen.code_lot
