-- $1 and $2 scope, $3 and $4 first and last day, $5 days that a feeding usually takes, $6 site, null for all. How many lots each gaveur feeds, or is to
-- feed, then.
SELECT gaveur.id AS gaveur_id, gaveur.nom, gaveur.site_code, count(lot.id) AS lots
FROM gaveurs_euralis gaveur
LEFT JOIN lots_gavage lot ON lot.gaveur_id = gaveur.id AND lot.statut IN ('planifie', 'en_preparation', 'en_gavage')
    AND lot.debut_lot <= $4 AND coalesce(lot.fin_prevue, lot.debut_lot + $5::integer - 1) >= $3
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1))
WHERE ($1::text[] IS NULL OR gaveur.site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur.id = $2)
    AND ($6::text IS NULL OR gaveur.site_code = $6)
GROUP BY gaveur.id
ORDER BY gaveur.id
