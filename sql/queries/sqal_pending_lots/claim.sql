-- $1 id of the lot, $2 claimer, $3 true if a station. The row's lock lets only one of several concurrent claims succeed.
UPDATE sqal_pending_lots SET
    statut = 'inspecting',
    prise_par = $2,
    par_station = $3 OR EXISTS (SELECT FROM sqal_devices WHERE device_id = $2),
    prise_le = now()
WHERE lot_id = $1 AND statut = 'pending'
RETURNING par_station
