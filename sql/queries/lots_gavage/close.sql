-- $1 lots whose quality control has ended, $2 by whom, or null.
UPDATE lots_gavage lot SET statut = 'clos', updated_at = now()
FROM lots_gavage before
WHERE lot.id = ANY ($1) AND before.id = lot.id AND before.statut IN ('pret_abattage', 'abattu', 'controle_qualite')
RETURNING lot.id AS lot_id, lot.code_lot, lot.site_code, lot.gaveur_id, before.statut AS de, lot.statut AS vers, $2::text AS par, lot.simule
