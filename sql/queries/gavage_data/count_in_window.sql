-- $1 gaveur, $2 and $3 the ends of the window, both within.
SELECT count(*) FROM gavage_data WHERE gaveur_id = $1 AND time BETWEEN $2 AND $3;
