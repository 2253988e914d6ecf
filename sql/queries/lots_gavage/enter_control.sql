-- $1 lot, $2 who claims it.
UPDATE lots_gavage lot SET statut = 'controle_qualite', updated_at = now()
FROM lots_gavage before
WHERE lot.id = $1 AND before.id = lot.id AND before.statut IN ('pret_abattage', 'abattu')
RETURNING lot.id AS lot_id, lot.code_lot, lot.site_code, lot.gaveur_id, before.statut AS de, lot.statut AS vers, $2::text AS par, lot.simule
