-- $1 lot, $2 new state, $3 who.
UPDATE lots_gavage lot SET statut = $2, pret_abattage = lot.pret_abattage OR $2 IN ('pret_abattage', 'abattu'), updated_at = now()
FROM lots_gavage before
WHERE lot.id = $1 AND before.id = lot.id
RETURNING lot.id AS lot_id, lot.code_lot, lot.site_code, lot.gaveur_id, before.statut AS de, lot.statut AS vers, $3::text AS par, lot.simule
