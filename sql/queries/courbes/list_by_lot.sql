-- $1 and $2 scope, $3 id of the lot. Its curves, oldest first.
SELECT courbe.id, courbe.version, courbe.etat, courbe.premier_repas, courbe.points_g, courbe.source, courbe.formule, courbe.cree_par,
    courbe.cree_le, courbe.decide_par, courbe.decide_le, courbe.commentaire
FROM courbes courbe
JOIN lots_gavage lot ON lot.id = courbe.lot_id
WHERE courbe.lot_id = $3
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY courbe.version
