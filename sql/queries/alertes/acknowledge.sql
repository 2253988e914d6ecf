-- $1 id, $2 person, $3 mark of this transaction. Only the first acknowledgement is kept; `is_new` is true if this one was.
WITH known AS (
    SELECT id, acquittee_le IS NULL AS is_new FROM alertes WHERE id = $1 FOR UPDATE
), noted AS (
    UPDATE alertes SET
        acquittee_le = coalesce(acquittee_le, now()),
        acquittee_par = coalesce(acquittee_par, $2),
        ecriture = CASE WHEN known.is_new THEN $3 ELSE ecriture END,
        changement = CASE WHEN known.is_new THEN 'acknowledged' ELSE changement END
    FROM known
    WHERE alertes.id = known.id
    RETURNING alertes.*, known.is_new
)
SELECT noted.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM noted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = noted.gaveur_id
