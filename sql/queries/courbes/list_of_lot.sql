-- $1 lot. Its curves, for the writer.
SELECT version, etat, premier_repas, points_g, requete, decide_requete FROM courbes WHERE lot_id = $1 ORDER BY version
