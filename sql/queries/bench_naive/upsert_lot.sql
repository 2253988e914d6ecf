INSERT INTO lots_gavage (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_actuel, jour_actuel, moment_actuel,
    poids_moyen_actuel, taux_mortalite, simule, premier_gaveur_id, premier_releve, premiere_place, dernier_releve)
VALUES ($1, $2, $3, $4, $5::timestamptz::date, $6, $7, $8, $9, $10, true, $2, $5, 0, $5)
ON CONFLICT (code_lot, vie) DO UPDATE SET nb_canards_actuel = EXCLUDED.nb_canards_actuel, jour_actuel = EXCLUDED.jour_actuel,
    moment_actuel = EXCLUDED.moment_actuel, poids_moyen_actuel = EXCLUDED.poids_moyen_actuel,
    taux_mortalite = EXCLUDED.taux_mortalite, dernier_releve = EXCLUDED.dernier_releve, updated_at = now()
RETURNING id
