-- The latest meals of each lot on the wall: being fed, or finished within the last day and not closed.
SELECT lot.id, lot.code_lot, lot.vie, lot.gaveur_id, gaveur.nom AS gaveur_nom, lot.site_code, lot.genetique, lot.debut_lot,
       lot.fin_prevue, lot.nb_canards_annonces, lot.reprise_place, lot.nb_canards_initial, lot.nb_canards_actuel, lot.jour_actuel, lot.moment_actuel, lot.poids_moyen_actuel,
       lot.taux_mortalite, lot.pret_abattage, lot.statut, lot.simule, lot.premier_gaveur_id, lot.premier_releve, lot.premiere_place, lot.dernier_releve,
       lot.pesees_places, lot.pesees_g,
       ARRAY(
           SELECT arrival.recu_le FROM gavage_data arrival WHERE arrival.lot_id = lot.id
           ORDER BY arrival.jour DESC, arrival.moment DESC LIMIT 5
       ) AS arrivals,
       latest.jours, latest.moments, latest.doses_theoriques, latest.doses_reelles,
       meal.time, meal.jour, meal.moment, meal.dose_theorique, meal.dose_reelle, meal.poids_moyen,
       meal.nb_canards_vivants, meal.taux_mortalite AS meal_taux_mortalite,
       meal.temperature_stabule, meal.humidite_stabule, meal.horodatage, meal.horloge_douteuse, meal.pret_abattage AS meal_pret_abattage,
       meal.simule AS meal_simule, coalesce(meal.corrected_at, meal.recu_le) AS recu_le
FROM lots_gavage lot
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
JOIN repas ON repas.lot_id = lot.id AND repas.jour = lot.jour_actuel AND repas.moment = lot.moment_actuel
JOIN gavage_data meal ON meal.lot_id = repas.lot_id AND meal.jour = repas.jour AND meal.moment = repas.moment
    AND meal.time = repas.time
CROSS JOIN LATERAL (
    SELECT array_agg(jour) AS jours, array_agg(moment) AS moments, array_agg(dose_theorique) AS doses_theoriques,
        array_agg(dose_reelle) AS doses_reelles
    FROM gavage_data
    WHERE lot_id = lot.id AND jour > lot.jour_actuel - 5
) latest
WHERE (lot.statut = 'en_gavage' OR (lot.statut IN ('pret_abattage', 'abattu', 'controle_qualite') AND lot.updated_at > now() - interval '1 day'))
    -- Only the latest life of its code.
    AND NOT EXISTS (
        SELECT FROM lots_gavage later
        WHERE later.code_lot = lot.code_lot AND (later.premier_releve, later.vie) > (lot.premier_releve, lot.vie)
    )
ORDER BY lot.updated_at DESC
LIMIT $1
