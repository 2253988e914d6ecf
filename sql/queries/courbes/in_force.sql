-- $1 lot. Its validated curve.
SELECT premier_repas, points_g FROM courbes WHERE lot_id = $1 AND etat = 'validee'
