-- $1 and $2 scope, $3 code_lot, $4 id or null. Digits are first tried as a code; a code means its latest life.
SELECT lot.id, lot.code_lot, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.site_code, lot.genetique, lot.debut_lot,
    lot.nb_canards_initial, lot.nb_canards_actuel, lot.jour_actuel, lot.moment_actuel, lot.poids_moyen_actuel,
    lot.taux_mortalite, lot.pret_abattage, lot.statut, lot.simule, lot.dernier_releve, lot.debut_prevu, lot.fin_prevue,
    lot.souche, lot.poids_initial_prevu_g, lot.objectif_mais_g, lot.created_at, lot.updated_at
FROM lots_gavage lot
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
WHERE (lot.code_lot = $3 OR lot.id = $4)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
-- A life that waits for its first meal comes behind those that had one, unless it was cancelled.
ORDER BY lot.code_lot = $3 DESC, lot.premier_releve IS NULL AND lot.statut = 'annule', lot.premier_releve DESC NULLS FIRST, lot.vie DESC
LIMIT 1;
