-- $1 gaveur, $2 start and $3 end of the window, both inclusive.
SELECT count(*) FILTER (WHERE severite = 'critical') AS critiques, count(*) FILTER (WHERE severite = 'warning') AS importantes
FROM alertes
WHERE gaveur_id = $1 AND levee_le BETWEEN $2 AND $3;
