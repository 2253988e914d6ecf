-- $1 id, $2 number of a request. Locks it until the commit; tells its state, whether the request has moved it already, and the next lot that the
-- farmer has not begun: the one that it is for, as long as that is so.
SELECT advice.etat, advice.code_lot_source, advice.action,
    EXISTS (SELECT FROM recommandations_etapes WHERE recommandation_id = advice.id AND requete = $2) AS is_done,
    next.id AS cible_id, next.code_lot AS cible_code
FROM recommandations advice
LEFT JOIN LATERAL (
    SELECT id, code_lot
    FROM lots_gavage
    WHERE gaveur_id = advice.gaveur_id AND statut IN ('planifie', 'en_preparation') AND simule = advice.simule
    ORDER BY id IS DISTINCT FROM advice.lot_cible_id, debut_lot, id
    LIMIT 1
) next ON true
WHERE advice.id = $1
FOR UPDATE OF advice
