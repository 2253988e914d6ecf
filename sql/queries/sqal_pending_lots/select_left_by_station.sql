-- $1 station, $2 the lot that it goes on with.
SELECT code_lot FROM sqal_pending_lots
WHERE statut = 'inspecting' AND par_station AND prise_par = $1 AND code_lot <> $2
FOR UPDATE
