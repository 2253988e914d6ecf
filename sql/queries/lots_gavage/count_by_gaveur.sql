-- $1 and $2 scope, $3 gaveur, null for all. How many lots each gaveur has, and how many of them have ended.
SELECT gaveur_id, count(*) AS lots, count(*) FILTER (WHERE statut NOT IN ('planifie', 'en_preparation', 'en_gavage')) AS lots_termines
FROM lots_gavage
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    AND ($3::integer IS NULL OR gaveur_id = $3)
GROUP BY gaveur_id
