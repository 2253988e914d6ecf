INSERT INTO gavage_data (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
    nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (lot_id, jour, moment, time) DO UPDATE SET dose_theorique = EXCLUDED.dose_theorique, dose_reelle = EXCLUDED.dose_reelle,
    poids_moyen = EXCLUDED.poids_moyen, nb_canards_vivants = EXCLUDED.nb_canards_vivants, taux_mortalite = EXCLUDED.taux_mortalite,
    temperature_stabule = EXCLUDED.temperature_stabule, humidite_stabule = EXCLUDED.humidite_stabule, corrected_at = now()
