-- $1 gaveur, $2 number of the request that may have planned it already.
SELECT id FROM lots_gavage WHERE gaveur_id = $1 AND demande = $2
