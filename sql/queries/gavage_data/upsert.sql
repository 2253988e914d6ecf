-- The natural key says under which time a meal is filed; a meal that is there already is corrected in its place.
WITH incoming AS (
    SELECT * FROM unnest(
        $1::timestamptz[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::double precision[],
        $8::double precision[], $9::double precision[], $10::integer[], $11::double precision[], $12::double precision[],
        $13::double precision[], $14::text[], $15::boolean[], $16::boolean[], $17::boolean[])
    AS t (time, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
          nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
          corrects)
), meal AS (
    INSERT INTO repas (code_lot, jour, moment, time)
    SELECT code_lot, jour, moment, time FROM incoming
    ON CONFLICT (code_lot, jour, moment) DO UPDATE SET time = repas.time
    RETURNING id, code_lot, jour, moment, time
)
INSERT INTO gavage_data AS stored
    (time, id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
     nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
     corrected_at)
SELECT meal.time, meal.id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
       nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
       CASE WHEN corrects THEN now() END
FROM incoming JOIN meal USING (code_lot, jour, moment)
ON CONFLICT (code_lot, jour, moment, time) DO UPDATE SET
    gaveur_id = EXCLUDED.gaveur_id,
    site_code = EXCLUDED.site_code,
    dose_theorique = EXCLUDED.dose_theorique,
    dose_reelle = EXCLUDED.dose_reelle,
    poids_moyen = EXCLUDED.poids_moyen,
    nb_canards_vivants = EXCLUDED.nb_canards_vivants,
    taux_mortalite = EXCLUDED.taux_mortalite,
    temperature_stabule = EXCLUDED.temperature_stabule,
    humidite_stabule = EXCLUDED.humidite_stabule,
    horodatage = EXCLUDED.horodatage,
    pret_abattage = EXCLUDED.pret_abattage,
    simule = EXCLUDED.simule,
    corrected_at = now()
WHERE (stored.gaveur_id, stored.site_code, stored.dose_theorique, stored.dose_reelle, stored.poids_moyen,
       stored.nb_canards_vivants, stored.taux_mortalite, stored.temperature_stabule, stored.humidite_stabule,
       stored.pret_abattage, stored.simule)
    IS DISTINCT FROM
      (EXCLUDED.gaveur_id, EXCLUDED.site_code, EXCLUDED.dose_theorique, EXCLUDED.dose_reelle, EXCLUDED.poids_moyen,
       EXCLUDED.nb_canards_vivants, EXCLUDED.taux_mortalite, EXCLUDED.temperature_stabule, EXCLUDED.humidite_stabule,
       EXCLUDED.pret_abattage, EXCLUDED.simule)
