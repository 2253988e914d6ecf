-- $8 change of each alert, $9 stored end that the change is based on, $10 mark of this transaction. Skips alerts that were closed or
-- reopened since, so that an ended alert stays ended.
WITH updated AS (
    UPDATE alertes SET
        severite = changed.severite,
        mesure = changed.mesure,
        seuil = changed.seuil,
        fermee_le = changed.fermee_le,
        ferme_jour = changed.ferme_jour,
        ferme_moment = changed.ferme_moment,
        ecriture = $10::bigint,
        changement = changed.change
    FROM unnest($1::bigint[], $2::text[], $3::double precision[], $4::double precision[], $5::timestamptz[], $6::integer[],
        $7::text[], $8::text[], $9::timestamptz[])
        AS changed (id, severite, mesure, seuil, fermee_le, ferme_jour, ferme_moment, change, was_closed_at)
    WHERE alertes.id = changed.id AND alertes.fermee_le IS NOT DISTINCT FROM changed.was_closed_at
    RETURNING alertes.*, changed.change
)
SELECT updated.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM updated
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = updated.gaveur_id
ORDER BY updated.id
