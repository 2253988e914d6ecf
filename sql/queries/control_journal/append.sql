-- Parameters: par, action, parametres.
INSERT INTO control_journal (par, action, parametres) VALUES ($1, $2, $3)
