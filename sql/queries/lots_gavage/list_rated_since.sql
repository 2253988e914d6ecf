-- $1 and $2 scope, $3 earliest last meal, $4 earliest rating, $5 limit. Closed lots that were rated lately, the latest first.
SELECT id AS lot_id
FROM lots_gavage
WHERE statut = 'clos' AND bilan_releve >= $3
    AND id = ANY (ARRAY(
        SELECT DISTINCT lot_id
        FROM consumer_feedbacks
        WHERE time >= $4 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)))
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
ORDER BY bilan_releve DESC, id DESC
LIMIT $5
