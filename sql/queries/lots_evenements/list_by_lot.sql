-- $1 and $2 scope, $3 id of the lot. Its steps, oldest first.
SELECT event.de, event.vers, event.par, event.role, event.motif, event.le
FROM lots_evenements event
JOIN lots_gavage lot ON lot.id = event.lot_id
WHERE event.lot_id = $3
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY event.id
