-- $1 and $2 scope, $3 id of the lot. Oldest meal first. The natural keys give the range of times, which excludes chunks.
WITH readings AS MATERIALIZED (
    SELECT *
    FROM gavage_data
    WHERE lot_id = $3
        AND time BETWEEN (SELECT min(time) FROM repas WHERE lot_id = $3) AND (SELECT max(time) FROM repas WHERE lot_id = $3)
)
SELECT reading.id, reading.time, reading.code_lot, reading.gaveur_id, gaveur.nom AS gaveur_nom, reading.site_code,
    lot.genetique, reading.jour, reading.moment, reading.dose_theorique, reading.dose_reelle, reading.poids_moyen,
    reading.nb_canards_vivants, reading.taux_mortalite AS meal_taux_mortalite, reading.temperature_stabule, reading.humidite_stabule,
    reading.horodatage, reading.horloge_douteuse, reading.pret_abattage AS meal_pret_abattage,
    reading.simule AS meal_simule, reading.recu_le, reading.corrected_at, reading.auteur, reading.origine
FROM readings reading
JOIN lots_gavage lot ON lot.id = reading.lot_id
JOIN gaveurs_euralis gaveur ON gaveur.id = reading.gaveur_id
WHERE ($1::text[] IS NULL OR reading.site_code = ANY ($1)) AND ($2::integer IS NULL OR reading.gaveur_id = $2)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY reading.jour, reading.moment;
