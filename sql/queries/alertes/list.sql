-- $1 and $2 scope. Filters, null for no filter: $3 site, $4 severity, $5 lot, $6 open, $7 acknowledged, $8 gaveur, $9 source, $11 raised
-- at or after, $12 raised before, $13 id of a lot. $10 limit.
SELECT alerte.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM alertes alerte
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = alerte.gaveur_id
WHERE ($1::text[] IS NULL OR alerte.site_code = ANY ($1)) AND ($2::integer IS NULL OR alerte.gaveur_id = $2)
    AND ($3::text IS NULL OR alerte.site_code = $3)
    AND ($4::text IS NULL OR alerte.severite = $4)
    AND ($5::text IS NULL OR alerte.code_lot = $5)
    AND ($6::boolean IS NULL OR (alerte.fermee_le IS NULL) = $6)
    AND ($7::boolean IS NULL OR (alerte.acquittee_le IS NOT NULL) = $7)
    AND ($8::integer IS NULL OR alerte.gaveur_id = $8)
    AND ($9::text IS NULL OR alerte.source = $9)
    AND ($11::timestamptz IS NULL OR alerte.levee_le >= $11)
    AND ($12::timestamptz IS NULL OR alerte.levee_le < $12)
    AND ($13::bigint IS NULL OR alerte.lot_id = $13)
ORDER BY alerte.levee_le DESC, alerte.id DESC
LIMIT $10
