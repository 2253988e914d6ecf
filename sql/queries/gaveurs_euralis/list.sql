-- $1 and $2 scope, $3 gaveur, null for all. Figures of the lots being fed; means are weighted by head count and omit lots without the
-- value or a head count.
SELECT gaveur.id AS gaveur_id, gaveur.nom, gaveur.site_code,
    count(lot.id) AS lots_en_cours,
    sum(lot.nb_canards_actuel) AS canards_vivants,
    sum(lot.poids_moyen_actuel * lot.nb_canards_actuel)
        / nullif(sum(lot.nb_canards_actuel) FILTER (WHERE lot.poids_moyen_actuel IS NOT NULL), 0) AS poids_moyen,
    sum(lot.taux_mortalite * lot.nb_canards_actuel)
        / nullif(sum(lot.nb_canards_actuel) FILTER (WHERE lot.taux_mortalite IS NOT NULL), 0) AS taux_mortalite,
    max(lot.dernier_releve) AS dernier_releve,
    coalesce(bool_or(lot.simule), false) AS simule,
    (SELECT count(*) FROM alertes WHERE alertes.gaveur_id = gaveur.id AND fermee_le IS NULL
        AND ($1::text[] IS NULL OR alertes.site_code = ANY ($1))) AS alertes_ouvertes
FROM gaveurs_euralis gaveur
LEFT JOIN lots_gavage lot ON lot.gaveur_id = gaveur.id AND lot.statut = 'en_gavage'
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1))
WHERE ($1::text[] IS NULL OR gaveur.site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur.id = $2)
    AND ($3::integer IS NULL OR gaveur.id = $3)
GROUP BY gaveur.id
ORDER BY gaveur.id
