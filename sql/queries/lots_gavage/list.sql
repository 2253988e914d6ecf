-- $1 and $2 scope, $3 states, $4 gaveur, $5 site, each null for all; $6 limit, $7 offset.
SELECT lot.id, lot.code_lot, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.site_code, lot.genetique, lot.debut_lot,
    lot.nb_canards_initial, lot.nb_canards_actuel, lot.jour_actuel, lot.moment_actuel, lot.poids_moyen_actuel,
    lot.taux_mortalite, lot.pret_abattage, lot.statut, lot.simule, lot.dernier_releve, lot.debut_prevu, lot.fin_prevue,
    lot.souche, lot.poids_initial_prevu_g, lot.objectif_mais_g, lot.created_at, lot.updated_at
FROM lots_gavage lot
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
WHERE ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
    AND ($3::text[] IS NULL OR lot.statut = ANY ($3)) AND ($4::integer IS NULL OR lot.gaveur_id = $4)
    AND ($5::text IS NULL OR lot.site_code = $5)
ORDER BY lot.id DESC
LIMIT $6 OFFSET $7;
