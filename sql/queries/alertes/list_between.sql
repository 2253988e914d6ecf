-- $1 and $2 scope, $3 from and $4 before, $5 site and $6 code of a lot, null for all, $7 and $8 time and id of the last row that is known, null at
-- the beginning, $9 limit. Alerts in the order in which they were raised.
SELECT alerte.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM alertes alerte
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = alerte.gaveur_id
WHERE alerte.levee_le >= greatest($3::timestamptz, $7::timestamptz) AND alerte.levee_le < $4
    AND ($7::timestamptz IS NULL OR (alerte.levee_le, alerte.id) > ($7, $8::bigint))
    AND ($6::text IS NULL OR alerte.code_lot = $6) AND ($5::text IS NULL OR alerte.site_code = $5)
    AND ($1::text[] IS NULL OR alerte.site_code = ANY ($1)) AND ($2::integer IS NULL OR alerte.gaveur_id = $2)
ORDER BY alerte.levee_le, alerte.id
LIMIT $9
