-- $1 lots, $2 when. Their feeding and their control are over: nothing of what is still open can be acted on.
WITH closed AS (
    UPDATE alertes SET fermee_le = greatest(levee_le, $2)
    WHERE lot_id = ANY ($1) AND fermee_le IS NULL
    RETURNING *
)
SELECT closed.*, gaveur.nom AS gaveur_nom
FROM closed
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = closed.gaveur_id
ORDER BY closed.id
