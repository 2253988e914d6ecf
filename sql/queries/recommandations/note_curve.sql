-- $1 id, $2 lot that it is for, $3 version of the curve that was drafted for it.
UPDATE recommandations SET lot_cible_id = $2, courbe_version = $3 WHERE id = $1
