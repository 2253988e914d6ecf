-- $1 and $2 scope, $3 id of a curve. Its lot, and which version it is.
SELECT courbe.lot_id, courbe.version
FROM courbes courbe
JOIN lots_gavage lot ON lot.id = courbe.lot_id
WHERE courbe.id = $3
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
