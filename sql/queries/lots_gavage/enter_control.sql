-- $1 lot.
UPDATE lots_gavage SET statut = 'controle_qualite', updated_at = now()
WHERE id = $1 AND statut IN ('pret_abattage', 'abattu')
