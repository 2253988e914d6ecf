-- $1 lot, $2 who claims it, or null. Held until the commit, with the lots that a station is done with when it goes on with this one; ordered
-- so that two writers cannot lock each other out.
SELECT id
FROM lots_gavage
WHERE id = $1
    OR id IN (SELECT lot_id FROM sqal_pending_lots WHERE statut = 'inspecting' AND par_station AND prise_par = $2::text)
ORDER BY id
FOR UPDATE
