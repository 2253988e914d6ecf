-- $1 lot, $2 new state, $3 who, $4 head count that he states, or null. Back in feeding, what its meals said of its end does not count any more.
UPDATE lots_gavage lot SET
    statut = $2,
    pret_abattage = $2 <> 'en_gavage' AND (lot.pret_abattage OR $2 IN ('pret_abattage', 'abattu')),
    bilan_fait = lot.bilan_fait AND $2 <> 'en_gavage',
    reprise_place = CASE WHEN $2 = 'en_gavage' THEN 2 * lot.jour_actuel + (lot.moment_actuel = 'soir')::integer ELSE lot.reprise_place END,
    nb_canards_annonces = coalesce($4, lot.nb_canards_annonces),
    nb_canards_initial = coalesce($4, lot.nb_canards_initial),
    nb_canards_actuel = coalesce($4, lot.nb_canards_actuel),
    updated_at = now()
FROM lots_gavage before
WHERE lot.id = $1 AND before.id = lot.id
RETURNING lot.id AS lot_id, lot.code_lot, lot.site_code, lot.gaveur_id, before.statut AS de, lot.statut AS vers, $3::text AS par, lot.simule
