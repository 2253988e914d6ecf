-- Per sample: $1 station, $2 site, $3 code or $4 id of the lot that the station names, both null if it names none. Then the lot is the
-- one that the station has claimed, otherwise the one of its site that a person claimed first, otherwise none.
SELECT said.place, lot.id AS lot_id, coalesce(lot.code_lot, said.code_lot) AS code_lot, lot.gaveur_id,
    coalesce(lot.statut = 'clos', false) AS is_closed
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS said (device_id, site_code, code_lot, lot_id, place)
LEFT JOIN LATERAL (
    SELECT pending.lot_id
    FROM sqal_pending_lots pending
    JOIN lots_gavage ON lots_gavage.id = pending.lot_id
    WHERE said.code_lot IS NULL AND said.lot_id IS NULL AND pending.statut = 'inspecting'
        AND ((pending.par_station AND pending.prise_par = said.device_id)
            OR (NOT pending.par_station AND lots_gavage.site_code = said.site_code))
    ORDER BY pending.par_station DESC, pending.prise_le
    LIMIT 1
) inspected ON true
LEFT JOIN LATERAL (
    -- Of the lives of a code: the one in control, otherwise the one that ended last, otherwise the current one.
    SELECT life.id
    FROM lots_gavage life
    LEFT JOIN sqal_pending_lots control ON control.lot_id = life.id
    WHERE life.code_lot = said.code_lot
    ORDER BY control.statut = 'inspecting' DESC NULLS LAST, life.pret_abattage DESC, life.premier_releve DESC NULLS LAST, life.vie DESC
    LIMIT 1
) named ON true
LEFT JOIN lots_gavage lot ON lot.id = coalesce(said.lot_id, named.id, inspected.lot_id)
ORDER BY said.place
