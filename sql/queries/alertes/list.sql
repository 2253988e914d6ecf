-- Filters, null for no filter: $1 site, $2 severity, $3 lot, $4 open, $5 acknowledged, $6 gaveur, $7 source, $9 raised at or after, $10
-- raised before, $11 id of a lot. $8 limit.
SELECT alerte.*, gaveur.nom AS gaveur_nom
FROM alertes alerte
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = alerte.gaveur_id
WHERE ($1::text IS NULL OR alerte.site_code = $1)
    AND ($2::text IS NULL OR alerte.severite = $2)
    AND ($3::text IS NULL OR alerte.code_lot = $3)
    AND ($4::boolean IS NULL OR (alerte.fermee_le IS NULL) = $4)
    AND ($5::boolean IS NULL OR (alerte.acquittee_le IS NOT NULL) = $5)
    AND ($6::integer IS NULL OR alerte.gaveur_id = $6)
    AND ($7::text IS NULL OR alerte.source = $7)
    AND ($9::timestamptz IS NULL OR alerte.levee_le >= $9)
    AND ($10::timestamptz IS NULL OR alerte.levee_le < $10)
    AND ($11::bigint IS NULL OR alerte.lot_id = $11)
ORDER BY alerte.levee_le DESC, alerte.id DESC
LIMIT $8
