-- $1 lot, $2 and $3 its meal. Triggers keep what was said of it, with who says in this transaction that he deletes it.
DELETE FROM gavage_data WHERE lot_id = $1 AND jour = $2 AND moment = $3
    AND time = (SELECT time FROM repas WHERE lot_id = $1 AND jour = $2 AND moment = $3)
