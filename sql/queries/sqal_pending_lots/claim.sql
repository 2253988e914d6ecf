-- $1 id of the lot, $2 who, $3 whether that is a station. Of several who ask at once, the row's lock lets one through.
UPDATE sqal_pending_lots SET
    statut = 'inspecting',
    prise_par = $2,
    par_station = $3 OR EXISTS (SELECT FROM sqal_devices WHERE device_id = $2),
    prise_le = now()
WHERE lot_id = $1 AND statut = 'pending'
RETURNING par_station
