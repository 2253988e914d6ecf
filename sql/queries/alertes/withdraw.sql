-- $1 id, $2 person, $3 mark of this transaction, $4 to $11 the record of the request, $12 seconds. Takes the acknowledgement of this person
-- back, if it is no older, and records that; `is_new` is true if it was.
WITH known AS (
    SELECT id, coalesce(acquittee_par = $2 AND acquittee_le >= now() - make_interval(secs => $12), false) AS is_new
    FROM alertes
    WHERE id = $1
    FOR UPDATE
), noted AS (
    UPDATE alertes SET
        acquittee_le = CASE WHEN known.is_new THEN NULL ELSE acquittee_le END,
        acquittee_par = CASE WHEN known.is_new THEN NULL ELSE acquittee_par END,
        commentaire = CASE WHEN known.is_new THEN NULL ELSE commentaire END,
        ecriture = CASE WHEN known.is_new THEN $3 ELSE ecriture END,
        changement = CASE WHEN known.is_new THEN 'withdrawn' ELSE changement END
    FROM known
    WHERE alertes.id = known.id
    RETURNING alertes.*, known.is_new
), recorded AS (
    INSERT INTO audit (request, principal, name, role, address, action, object, note)
    SELECT $4::bigint, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text FROM known WHERE is_new
    ON CONFLICT (request) DO NOTHING
)
SELECT noted.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM noted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = noted.gaveur_id
