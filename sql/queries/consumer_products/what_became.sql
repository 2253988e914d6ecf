-- Whether the lot with code $1 has labels, and whether one of them was rated.
SELECT EXISTS (SELECT FROM consumer_products JOIN lots_gavage ON lots_gavage.id = lot_id WHERE lots_gavage.code_lot = $1) AS labelled,
    EXISTS (SELECT FROM consumer_feedbacks WHERE code_lot = $1) AS rated
