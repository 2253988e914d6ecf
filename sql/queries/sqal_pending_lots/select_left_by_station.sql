-- $1 station, $2 the lot that it continues with.
SELECT lot_id FROM sqal_pending_lots
WHERE statut = 'inspecting' AND par_station AND prise_par = $1 AND lot_id <> $2
ORDER BY lot_id
FOR UPDATE
