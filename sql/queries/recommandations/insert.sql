-- Parameters: rule, version, lot, text, text in English, evidence, action, created, expires. Of a lot that the rule advised before, nothing. It is for
-- the next lot that the farmer has not begun, if there is one.
INSERT INTO recommandations (regle, version, lot_source_id, code_lot_source, lot_cible_id, gaveur_id, site_code, etat, texte, texte_en, preuve, action,
    cree_le, expire_le, simule)
SELECT $1, $2, lot.id, lot.code_lot, next.id, lot.gaveur_id, lot.site_code, 'proposee', $4, $5, $6, $7, $8, $9, lot.simule
FROM lots_gavage lot
LEFT JOIN LATERAL (
    SELECT id
    FROM lots_gavage
    WHERE gaveur_id = lot.gaveur_id AND statut IN ('planifie', 'en_preparation') AND simule = lot.simule
    ORDER BY debut_lot, id
    LIMIT 1
) next ON true
WHERE lot.id = $3
ON CONFLICT (regle, lot_source_id) DO NOTHING
RETURNING id
