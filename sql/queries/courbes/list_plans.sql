-- $1 and $2 scope, $3 number of lots. The validated curves of lots whose feeding has not ended.
SELECT courbe.lot_id, courbe.premier_repas, courbe.points_g
FROM courbes courbe
JOIN lots_gavage lot ON lot.id = courbe.lot_id
WHERE courbe.etat = 'validee' AND lot.statut IN ('planifie', 'en_preparation', 'en_gavage')
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY courbe.lot_id DESC
LIMIT $3
