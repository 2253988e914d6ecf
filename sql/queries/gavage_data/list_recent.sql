-- $1 and $2 scope, $3 limit. Readings with a doubtful time are not recent.
SELECT reading.id, reading.time, reading.code_lot, reading.gaveur_id, gaveur.nom AS gaveur_nom, reading.site_code,
    lot.genetique, reading.jour, reading.moment, reading.dose_theorique, reading.dose_reelle, reading.poids_moyen,
    reading.nb_canards_vivants, reading.taux_mortalite AS meal_taux_mortalite, reading.temperature_stabule, reading.humidite_stabule,
    reading.horodatage, reading.horloge_douteuse, reading.pret_abattage AS meal_pret_abattage,
    reading.simule AS meal_simule, reading.recu_le, reading.corrected_at, reading.origine
FROM gavage_data reading
JOIN lots_gavage lot ON lot.id = reading.lot_id
JOIN gaveurs_euralis gaveur ON gaveur.id = reading.gaveur_id
WHERE NOT reading.horloge_douteuse
    AND ($1::text[] IS NULL OR reading.site_code = ANY ($1)) AND ($2::integer IS NULL OR reading.gaveur_id = $2)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY reading.time DESC, reading.code_lot, reading.lot_id DESC, reading.jour DESC, reading.moment DESC
LIMIT $3;
