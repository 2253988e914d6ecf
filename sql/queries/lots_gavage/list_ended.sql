-- $1 and $2 scope, $3 since, $4 site, $5 gaveur, $6 until, the last three null for all. Lots whose feeding has ended and whose last meal was given
-- in that time, with what quality control measured of them.
WITH chosen AS MATERIALIZED (
    SELECT id AS lot_id, code_lot, site_code, gaveur_id, dernier_releve, nb_canards_actuel, jour_actuel, taux_mortalite, simule, bilan_fait,
        mais_g_par_canard
    FROM lots_gavage
    WHERE statut IN ('pret_abattage', 'abattu', 'controle_qualite', 'clos') AND (bilan_releve >= $3 OR (bilan_releve IS NULL AND dernier_releve >= $3))
        AND ($6::timestamptz IS NULL OR bilan_releve < $6 OR (bilan_releve IS NULL AND dernier_releve < $6))
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
        AND ($4::text IS NULL OR site_code = $4) AND ($5::integer IS NULL OR gaveur_id = $5)
),
foies AS MATERIALIZED (
    SELECT lot_id, a_plus, a, b, c, reject, masses, masse_moyenne_g, sigma
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
),
mais AS MATERIALIZED (
    SELECT lot_id, g_par_canard
    FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen WHERE NOT bilan_fait))
)
SELECT chosen.lot_id, chosen.code_lot, chosen.site_code, chosen.gaveur_id, gaveur.nom AS gaveur_nom, chosen.dernier_releve,
    chosen.nb_canards_actuel, chosen.jour_actuel, chosen.taux_mortalite, chosen.simule, coalesce(foies.masses, 0) AS masses,
    foies.masse_moyenne_g, foies.sigma, coalesce(foies.a_plus, 0) AS a_plus, coalesce(foies.a, 0) AS a, coalesce(foies.b, 0) AS b,
    coalesce(foies.c, 0) AS c, coalesce(foies.reject, 0) AS reject,
    CASE WHEN chosen.bilan_fait THEN chosen.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard
FROM chosen
JOIN gaveurs_euralis gaveur ON gaveur.id = chosen.gaveur_id
LEFT JOIN foies USING (lot_id)
LEFT JOIN mais USING (lot_id)
ORDER BY chosen.dernier_releve DESC, chosen.lot_id DESC
