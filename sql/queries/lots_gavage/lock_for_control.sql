-- $1 lot, $2 claiming station or null. Locks the lot, and the lots that this station is inspecting now, until the commit. Ordered by id,
-- so that two writers cannot deadlock.
SELECT id
FROM lots_gavage
WHERE id = $1
    OR id IN (SELECT lot_id FROM sqal_pending_lots WHERE statut = 'inspecting' AND par_station AND prise_par = $2::text)
ORDER BY id
FOR UPDATE
