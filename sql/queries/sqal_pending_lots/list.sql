-- $1 and $2 scope, $3 state, null for all, $4 limit, $5 true for newest first. Only one of the two branches runs, each with its index.
WITH chosen AS MATERIALIZED (
    (
        SELECT *
        FROM sqal_pending_lots
        WHERE NOT $5::boolean AND ($3::text IS NULL OR statut = $3)
            AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
            AND ($2::integer IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE gaveur_id = $2))
        ORDER BY en_attente_depuis, lot_id
        LIMIT $4
    )
    UNION ALL
    (
        SELECT *
        FROM sqal_pending_lots
        WHERE $5::boolean AND ($3::text IS NULL OR statut = $3)
            AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
            AND ($2::integer IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE gaveur_id = $2))
        ORDER BY en_attente_depuis DESC, lot_id
        LIMIT $4
    )
),
foies AS MATERIALIZED (
    SELECT * FROM lot_foies WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
),
mais AS MATERIALIZED (
    SELECT * FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen JOIN lots_gavage ON lots_gavage.id = chosen.lot_id WHERE NOT bilan_fait))
)
SELECT lot.code_lot, chosen.lot_id, lot.site_code, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.simule,
    chosen.statut, chosen.en_attente_depuis, chosen.prise_par, chosen.prise_le, chosen.terminee_le,
    coalesce(foies.echantillons, 0) AS echantillons, coalesce(foies.a_plus, 0) AS a_plus, coalesce(foies.a, 0) AS a,
    coalesce(foies.b, 0) AS b, coalesce(foies.c, 0) AS c, coalesce(foies.reject, 0) AS reject,
    foies.masse_moyenne_g, CASE WHEN lot.bilan_fait THEN lot.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard
FROM chosen
JOIN lots_gavage lot ON lot.id = chosen.lot_id
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
LEFT JOIN foies USING (lot_id)
LEFT JOIN mais USING (lot_id)
ORDER BY CASE WHEN NOT $5::boolean THEN chosen.en_attente_depuis END,
    CASE WHEN $5::boolean THEN chosen.en_attente_depuis END DESC,
    chosen.lot_id
