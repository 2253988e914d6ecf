-- $1 and $2 scope, $3 id of the lot. Its state in the queue of quality control is null if it was never queued. Its maize is read from
-- the lot's row once it is summed up there.
SELECT lot.code_lot, lot.id AS lot_id, lot.site_code, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.simule,
    pending.statut, pending.en_attente_depuis, pending.prise_par, pending.prise_le, pending.terminee_le,
    coalesce(foies.echantillons, 0) AS echantillons, coalesce(foies.a_plus, 0) AS a_plus, coalesce(foies.a, 0) AS a,
    coalesce(foies.b, 0) AS b, coalesce(foies.c, 0) AS c, coalesce(foies.reject, 0) AS reject,
    foies.masse_moyenne_g, CASE WHEN lot.bilan_fait THEN lot.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard
FROM lots_gavage lot
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
LEFT JOIN sqal_pending_lots pending ON pending.lot_id = lot.id
LEFT JOIN (SELECT * FROM lot_foies WHERE lot_id = $3) AS foies ON foies.lot_id = lot.id
LEFT JOIN (
    SELECT * FROM lot_mais
    WHERE lot_id = ANY (ARRAY(SELECT id FROM lots_gavage WHERE id = $3 AND NOT bilan_fait))
) AS mais ON mais.lot_id = lot.id
WHERE lot.id = $3 AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
