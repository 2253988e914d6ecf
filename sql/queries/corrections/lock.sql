-- $1 lot, $2 and $3 meal. Locks the lot until the commit, so that its front and its plan stand still; the answer about the meal, if there is one.
SELECT answer.acceptee, answer.requete
FROM (SELECT id FROM lots_gavage WHERE id = $1 FOR UPDATE) lot
LEFT JOIN corrections answer ON answer.lot_id = lot.id AND answer.jour = $2 AND answer.moment = $3
