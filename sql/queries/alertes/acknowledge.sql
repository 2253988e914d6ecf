-- $1 id, $2 person, $3 mark of this transaction, $4 to $11 the record of the request, $11 of it the comment. Only the first acknowledgement
-- is kept; `is_new` is true if this one was. What is not there is neither acknowledged nor recorded.
WITH known AS (
    SELECT id, acquittee_le IS NULL AS is_new FROM alertes WHERE id = $1 FOR UPDATE
), noted AS (
    UPDATE alertes SET
        acquittee_le = coalesce(acquittee_le, now()),
        acquittee_par = coalesce(acquittee_par, $2),
        commentaire = CASE WHEN known.is_new THEN $11 ELSE commentaire END,
        ecriture = CASE WHEN known.is_new THEN $3 ELSE ecriture END,
        changement = CASE WHEN known.is_new THEN 'acknowledged' ELSE changement END
    FROM known
    WHERE alertes.id = known.id
    RETURNING alertes.*, known.is_new
), recorded AS (
    INSERT INTO audit (request, principal, name, role, address, action, object, note)
    SELECT $4::bigint, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text FROM known
    ON CONFLICT (request) DO NOTHING
)
SELECT noted.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM noted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = noted.gaveur_id
