-- $1 and $2 scope, $3 earliest last meal, $4 most lots. Closed lots with their ITM and the next closed lot of the same farmer, simulated or not as it is,
-- and what he was advised after it, the latest first.
WITH closed AS MATERIALIZED (
    SELECT id AS lot_id, code_lot, gaveur_id, simule, bilan_releve, mais_g_par_canard
    FROM lots_gavage
    WHERE statut = 'clos' AND bilan_releve >= $3 AND mais_g_par_canard > 0
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    ORDER BY bilan_releve DESC, id DESC
    LIMIT $4
),
foies AS MATERIALIZED (
    SELECT lot_id, masses, masse_moyenne_g
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM closed))
),
measured AS (
    SELECT closed.lot_id, closed.code_lot, closed.gaveur_id, closed.simule, closed.bilan_releve,
        closed.mais_g_par_canard / coalesce(abattage.poids_foie_moyen_g, CASE WHEN foies.masses >= 10 THEN foies.masse_moyenne_g END) AS itm
    FROM closed
    LEFT JOIN foies USING (lot_id)
    LEFT JOIN abattages abattage USING (lot_id)
),
followed AS (
    SELECT *, lead(code_lot) OVER next AS code_lot_suivant, lead(itm) OVER next AS itm_suivant
    FROM measured
    WHERE itm > 0
    WINDOW next AS (PARTITION BY gaveur_id, simule ORDER BY bilan_releve, lot_id)
),
said AS (
    SELECT lot_source_id AS lot_id, bool_or(etat = 'acceptee') AS acceptee, bool_or(etat = 'refusee') AS refusee, bool_or(envoyee_le IS NOT NULL) AS envoyee
    FROM recommandations
    WHERE lot_source_id = ANY (ARRAY(SELECT lot_id FROM closed))
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    GROUP BY lot_source_id
)
SELECT followed.code_lot, followed.gaveur_id, followed.simule, followed.itm, followed.code_lot_suivant, followed.itm_suivant,
    coalesce(said.acceptee, false) AS acceptee, coalesce(said.refusee, false) AS refusee, coalesce(said.envoyee, false) AS envoyee
FROM followed
LEFT JOIN said USING (lot_id)
WHERE followed.itm_suivant IS NOT NULL
ORDER BY followed.bilan_releve DESC, followed.lot_id DESC
