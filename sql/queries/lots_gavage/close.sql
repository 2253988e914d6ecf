-- $1 lots whose quality control has ended.
UPDATE lots_gavage SET statut = 'clos', updated_at = now()
WHERE id = ANY ($1) AND statut IN ('pret_abattage', 'abattu', 'controle_qualite')
