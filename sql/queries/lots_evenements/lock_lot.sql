-- $1 lot, $2 number of the request. Locks the lot until the commit; whether this request has made its step already.
SELECT lot.statut, lot.nb_canards_initial,
    EXISTS (SELECT FROM lots_evenements event WHERE event.lot_id = lot.id AND event.requete = $2) AS is_done
FROM lots_gavage lot
WHERE lot.id = $1
FOR UPDATE
