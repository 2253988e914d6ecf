-- $1 gaveur, $2 and $3 first and last day, $4 days that a feeding usually takes, $5 simulated. His lots that are fed, or are to be fed, then.
SELECT count(*) FROM lots_gavage
WHERE gaveur_id = $1 AND simule = $5 AND statut IN ('planifie', 'en_preparation', 'en_gavage')
    AND debut_lot <= $3 AND coalesce(fin_prevue, debut_lot + $4::integer - 1) >= $2
