-- $1 and $2 scope, $3 id of the lot. What was written last of each of its meals.
SELECT DISTINCT ON (saisi.jour, saisi.moment) saisi.jour, saisi.moment, saisi.morts, saisi.cause_mortalite, saisi.raison_ecart,
    saisi.remarques, saisi.problemes_sante
FROM repas_saisis saisi
JOIN lots_gavage lot ON lot.id = saisi.lot_id
WHERE saisi.lot_id = $3
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY saisi.jour, saisi.moment, saisi.id DESC
