-- $1 and $2 scope. Figures of the lots being fed; means are weighted by head count and omit lots without the value or a head count.
SELECT count(*) AS lots_en_cours,
    count(DISTINCT gaveur_id) AS gaveurs,
    sum(nb_canards_actuel) AS canards_vivants,
    sum(poids_moyen_actuel * nb_canards_actuel)
        / nullif(sum(nb_canards_actuel) FILTER (WHERE poids_moyen_actuel IS NOT NULL), 0) AS poids_moyen,
    sum(taux_mortalite * nb_canards_actuel)
        / nullif(sum(nb_canards_actuel) FILTER (WHERE taux_mortalite IS NOT NULL), 0) AS taux_mortalite,
    max(dernier_releve) AS dernier_releve,
    coalesce(bool_or(simule), false) AS simule,
    (SELECT count(*) FROM alertes WHERE fermee_le IS NULL
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)) AS alertes_ouvertes,
    (SELECT count(*) FROM alertes WHERE fermee_le IS NULL AND severite = 'critical'
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)) AS alertes_critiques,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'pending'
        AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
        AND ($2::integer IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE gaveur_id = $2))) AS lots_en_attente,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'inspecting'
        AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
        AND ($2::integer IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE gaveur_id = $2))) AS lots_en_controle
FROM lots_gavage
WHERE statut = 'en_gavage'
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
