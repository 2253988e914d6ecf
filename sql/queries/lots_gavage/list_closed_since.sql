-- $1 and $2 scope, $3 earliest last meal, $4 limit. Lots that are closed, the latest first.
SELECT id AS lot_id
FROM lots_gavage
WHERE statut = 'clos' AND bilan_releve >= $3
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
ORDER BY bilan_releve DESC, id DESC
LIMIT $4
