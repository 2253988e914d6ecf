-- Parameters: advice, state, who, role, comment, number of the request.
INSERT INTO recommandations_etapes (recommandation_id, etat, par, role, commentaire, requete)
VALUES ($1, $2, $3, $4, $5, $6)
