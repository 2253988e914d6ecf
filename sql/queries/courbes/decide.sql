-- $1 lot, $2 version, $3 state, $4 who, $5 comment, $6 number of the request.
UPDATE courbes SET etat = $3, decide_par = $4, decide_le = now(), commentaire = coalesce($5, commentaire), decide_requete = $6
WHERE lot_id = $1 AND version = $2
