-- $1 and $2 scope, $3 id of the lot, $4 limit. What was said of its meals before they were corrected or deleted; of each meal the oldest first.
SELECT version.jour, version.moment, version.dose_theorique, version.dose_reelle, version.poids_moyen, version.nb_canards_vivants,
    version.taux_mortalite, version.temperature_stabule, version.humidite_stabule, version.auteur, version.origine, version.dit_le,
    version.remplace_le, version.supprime, version.supprime_par, version.motif
FROM repas_versions version
JOIN lots_gavage lot ON lot.id = version.lot_id
WHERE version.lot_id = $3
    AND ($1::text[] IS NULL OR version.site_code = ANY ($1)) AND ($2::integer IS NULL OR version.gaveur_id = $2)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY version.jour, version.moment, version.id
LIMIT $4
