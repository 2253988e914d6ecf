-- $1 and $2 scope; figures of sites have no gaveur. $3 site, null for all. Figures of the lots being fed; means are weighted by head
-- count and omit lots without the value or a head count.
SELECT site.code, site.nom, site.region,
    count(lot.code_lot) AS lots_en_cours,
    count(DISTINCT lot.gaveur_id) AS gaveurs,
    sum(lot.nb_canards_actuel) AS canards_vivants,
    sum(lot.poids_moyen_actuel * lot.nb_canards_actuel)
        / nullif(sum(lot.nb_canards_actuel) FILTER (WHERE lot.poids_moyen_actuel IS NOT NULL), 0) AS poids_moyen,
    sum(lot.taux_mortalite * lot.nb_canards_actuel)
        / nullif(sum(lot.nb_canards_actuel) FILTER (WHERE lot.taux_mortalite IS NOT NULL), 0) AS taux_mortalite,
    max(lot.dernier_releve) AS dernier_releve,
    coalesce(bool_or(lot.simule), false) AS simule,
    (SELECT count(*) FROM alertes WHERE alertes.site_code = site.code AND fermee_le IS NULL) AS alertes_ouvertes,
    (SELECT count(*) FROM alertes WHERE alertes.site_code = site.code AND fermee_le IS NULL AND severite = 'critical') AS alertes_critiques
FROM sites_euralis site
LEFT JOIN lots_gavage lot ON lot.site_code = site.code AND lot.statut = 'en_gavage'
WHERE ($1::text[] IS NULL OR site.code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND ($3::text IS NULL OR site.code = $3)
GROUP BY site.code
ORDER BY site.code;
