-- $1 and $2 scope, $3 gaveur, $4 start and $5 end of the window, both inclusive.
SELECT count(*) FILTER (WHERE severite = 'critical') AS critiques, count(*) FILTER (WHERE severite = 'warning') AS importantes
FROM alertes
WHERE gaveur_id = $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    AND levee_le BETWEEN $4 AND $5;
