-- $1 and $2 scope. Open alerts of the quality stations.
SELECT count(*) AS ouvertes, count(*) FILTER (WHERE severite = 'critical') AS critiques
FROM alertes
WHERE fermee_le IS NULL AND source = 'sqal'
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
