-- $1 ids of lots. Their meals in the latest version, without what belongs to the lot; the natural keys give the range of times, which excludes chunks.
SELECT meals.*, '' AS code_lot, '' AS gaveur_nom, '' AS genetique
FROM unnest($1::bigint[]) AS named (lot_id)
CROSS JOIN LATERAL (SELECT min(time) AS first, max(time) AS last FROM repas WHERE repas.lot_id = named.lot_id) AS span
CROSS JOIN LATERAL (
    SELECT lot_id, time, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants,
        taux_mortalite AS meal_taux_mortalite, temperature_stabule, humidite_stabule, horodatage, horloge_douteuse,
        pret_abattage AS meal_pret_abattage, simule AS meal_simule
    FROM gavage_data
    WHERE gavage_data.lot_id = named.lot_id AND time >= span.first AND time <= span.last
    OFFSET 0
) AS meals
