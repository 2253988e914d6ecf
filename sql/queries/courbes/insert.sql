-- Parameters: lot, version, first meal, doses, source, formula, author, comment, number of the request.
INSERT INTO courbes (lot_id, version, etat, premier_repas, points_g, source, formule, cree_par, commentaire, requete)
VALUES ($1, $2, 'en_attente', $3, $4, $5, $6, $7, $8, $9)
