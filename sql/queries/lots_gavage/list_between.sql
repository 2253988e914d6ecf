-- $1 and $2 scope, $3 from and $4 before, $5 site and $6 code of a lot, null for all, $7 and $8 time and id of the last row that is known, null at
-- the beginning, $9 limit. Lots in the order of their last meals, with what was given and what quality control measured.
WITH chosen AS MATERIALIZED (
    SELECT *
    FROM lots_gavage
    WHERE (bilan_releve >= greatest($3::timestamptz, $7::timestamptz)
            OR (bilan_releve IS NULL AND dernier_releve >= greatest($3::timestamptz, $7::timestamptz)))
        AND dernier_releve < $4
        AND ($7::timestamptz IS NULL OR (dernier_releve, id) > ($7, $8::bigint))
        AND ($6::text IS NULL OR code_lot = $6) AND ($5::text IS NULL OR site_code = $5)
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    ORDER BY dernier_releve, id
    LIMIT $9
),
foies AS MATERIALIZED (
    SELECT lot_id, echantillons, a_plus, a, b, c, reject, masse_moyenne_g, sigma
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT id FROM chosen))
),
mais AS MATERIALIZED (
    SELECT lot_id, g_par_canard
    FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT id FROM chosen WHERE NOT bilan_fait))
)
SELECT chosen.id, chosen.code_lot, chosen.gaveur_id, gaveur.nom AS gaveur_nom, chosen.site_code, chosen.genetique, chosen.debut_lot, chosen.dernier_releve,
    chosen.statut, chosen.jour_actuel, chosen.nb_canards_initial, chosen.nb_canards_actuel, chosen.taux_mortalite, chosen.poids_moyen_actuel,
    chosen.simule, coalesce(foies.echantillons, 0) AS echantillons, coalesce(foies.a_plus, 0) AS a_plus, coalesce(foies.a, 0) AS a,
    coalesce(foies.b, 0) AS b, coalesce(foies.c, 0) AS c, coalesce(foies.reject, 0) AS reject, foies.masse_moyenne_g, foies.sigma,
    CASE WHEN chosen.bilan_fait THEN chosen.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard
FROM chosen
JOIN gaveurs_euralis gaveur ON gaveur.id = chosen.gaveur_id
LEFT JOIN foies ON foies.lot_id = chosen.id
LEFT JOIN mais ON mais.lot_id = chosen.id
ORDER BY chosen.dernier_releve, chosen.id
