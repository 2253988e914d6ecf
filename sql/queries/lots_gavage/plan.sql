-- Parameters: code, site, gaveur, genetics, strain, ducks, first and last day, first weight, maize, simulated, request, and by whom. If the code
-- has been taken meanwhile, the unique key (code_lot, vie) aborts the transaction.
INSERT INTO lots_gavage
    (code_lot, vie, site_code, gaveur_id, premier_gaveur_id, genetique, souche, nb_canards_annonces, nb_canards_initial,
     nb_canards_actuel, debut_lot, debut_prevu, fin_prevue, poids_initial_prevu_g, objectif_mais_g, simule, demande, statut)
VALUES ($1, 1, $2, $3, $3, $4, $5, $6, $6, $6, $7, $7, $8, $9, $10, $11, $12, 'planifie')
RETURNING id AS lot_id, code_lot, site_code, gaveur_id, NULL::text AS de, statut AS vers, $13::text AS par, simule
