-- Current states of the lots of a batch, held until its commit; ordered so that two writers cannot lock each other out.
SELECT code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel,
       moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve,
       pesees_places, pesees_g
FROM lots_gavage
WHERE code_lot = ANY ($1)
ORDER BY code_lot
FOR UPDATE
