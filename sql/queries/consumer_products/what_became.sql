-- Whether the lot with code $1 has labels, whether one of them was rated, whether advice followed from it, and whether some was accepted.
SELECT EXISTS (SELECT FROM consumer_products JOIN lots_gavage ON lots_gavage.id = lot_id WHERE lots_gavage.code_lot = $1) AS labelled,
    EXISTS (SELECT FROM consumer_feedbacks WHERE code_lot = $1) AS rated,
    EXISTS (SELECT FROM recommandations JOIN lots_gavage ON lots_gavage.id = lot_source_id WHERE lots_gavage.code_lot = $1) AS advised,
    EXISTS (
        SELECT FROM recommandations JOIN lots_gavage ON lots_gavage.id = lot_source_id
        WHERE lots_gavage.code_lot = $1 AND etat = 'acceptee'
    ) AS accepted
