-- $1 states, $2 gaveur, $3 site, each null for all; $4 limit, $5 offset.
SELECT lot.id, lot.code_lot, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.site_code, lot.genetique, lot.debut_lot,
    lot.nb_canards_initial, lot.nb_canards_actuel, lot.jour_actuel, lot.moment_actuel, lot.poids_moyen_actuel,
    lot.taux_mortalite, lot.pret_abattage, lot.statut, lot.simule, lot.dernier_releve, lot.created_at, lot.updated_at
FROM lots_gavage lot
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
WHERE ($1::text[] IS NULL OR lot.statut = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
    AND ($3::text IS NULL OR lot.site_code = $3)
ORDER BY lot.id DESC
LIMIT $4 OFFSET $5;
