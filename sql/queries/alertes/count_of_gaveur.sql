-- $1 and $2 scope, $3 gaveur. Counts open alerts by severity, all unacknowledged ones, and those raised within a day.
SELECT count(*) FILTER (WHERE fermee_le IS NULL) AS ouvertes,
    count(*) FILTER (WHERE fermee_le IS NULL AND severite = 'critical') AS critiques,
    count(*) FILTER (WHERE fermee_le IS NULL AND severite = 'warning') AS importantes,
    count(*) FILTER (WHERE fermee_le IS NULL AND severite = 'info') AS info,
    count(*) FILTER (WHERE acquittee_le IS NULL) AS non_acquittees,
    count(*) FILTER (WHERE levee_le > now() - interval '1 day') AS d_un_jour
FROM alertes
WHERE gaveur_id = $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
