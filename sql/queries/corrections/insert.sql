-- Parameters: lot, meal that was off, its planned and given dose, planned and proposed dose of the next one, answer, dose, who, role, request.
INSERT INTO corrections (lot_id, jour, moment, prevue_g, donnee_g, prevue_suivante_g, proposee_g, acceptee, dose_finale_g, par, role, requete)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
