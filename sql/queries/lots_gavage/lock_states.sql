-- $1 codes. Locks all lives of a batch's codes until its commit. Ordered, so that two writers cannot deadlock.
SELECT id, code_lot, vie, gaveur_id, site_code, genetique, debut_lot, fin_prevue, nb_canards_annonces, nb_canards_initial, nb_canards_actuel, jour_actuel,
       moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, reprise_place, premier_gaveur_id, premier_releve,
       premiere_place, dernier_releve, pesees_places, pesees_g
FROM lots_gavage
WHERE code_lot = ANY ($1)
ORDER BY id
FOR UPDATE
