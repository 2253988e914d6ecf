-- $1 gaveur, $2 and $3 the ends of the window, both within. Ducks alive, as last counted, in the lots fed in the window.
SELECT coalesce(sum(nb_canards_actuel), 0)
FROM lots_gavage
WHERE code_lot IN (SELECT code_lot FROM gavage_data WHERE gaveur_id = $1 AND time BETWEEN $2 AND $3);
