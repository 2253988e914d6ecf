-- $1 lots, $2 time, $3 mark of this transaction. Closes what is still open: these lots are through feeding and control, so nobody can act
-- on it.
WITH open AS MATERIALIZED (
    SELECT id FROM alertes WHERE lot_id = ANY ($1) AND fermee_le IS NULL
    ORDER BY id
    FOR UPDATE
), closed AS (
    UPDATE alertes SET fermee_le = greatest(levee_le, $2), ecriture = $3, changement = 'closed'
    FROM open
    WHERE alertes.id = open.id
    RETURNING alertes.*
)
SELECT closed.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM closed
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = closed.gaveur_id
ORDER BY closed.id
