-- Corrects a stored meal in place; the natural key gives the time under which its row is stored. A meal with a doubtful time is moved to
-- the first plausible time. $20 author, null for a stream; $21 origin; $22 when screens are told, now if null. Whoever tells the same again does
-- not become the author.
WITH incoming AS (
    SELECT * FROM unnest(
        $1::timestamptz[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::text[], $8::double precision[],
        $9::double precision[], $10::double precision[], $11::integer[], $12::double precision[], $13::double precision[],
        $14::double precision[], $15::text[], $16::boolean[], $17::boolean[], $18::boolean[], $19::boolean[])
    AS t (time, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
          nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
          corrects, horloge_douteuse)
), misdated AS (
    DELETE FROM gavage_data stored
    USING incoming JOIN repas USING (lot_id, jour, moment)
    WHERE repas.horloge_douteuse AND NOT incoming.horloge_douteuse AND repas.time <> incoming.time
        AND stored.lot_id = repas.lot_id AND stored.jour = repas.jour AND stored.moment = repas.moment AND stored.time = repas.time
    RETURNING stored.lot_id, stored.jour, stored.moment, stored.recu_le
), meal AS (
    INSERT INTO repas (lot_id, jour, moment, time, horloge_douteuse)
    SELECT lot_id, jour, moment, time, horloge_douteuse FROM incoming
    ON CONFLICT (lot_id, jour, moment) DO UPDATE SET
        time = CASE WHEN repas.horloge_douteuse AND NOT EXCLUDED.horloge_douteuse THEN EXCLUDED.time ELSE repas.time END,
        horloge_douteuse = repas.horloge_douteuse AND EXCLUDED.horloge_douteuse
    RETURNING id, lot_id, jour, moment, time, horloge_douteuse
)
INSERT INTO gavage_data AS stored
    (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
     nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
     corrected_at, horloge_douteuse, recu_le, auteur, origine)
SELECT meal.time, meal.id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
       nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
       CASE WHEN corrects OR misdated.recu_le IS NOT NULL THEN coalesce($22::timestamptz, now()) END, meal.horloge_douteuse,
       coalesce(misdated.recu_le, $22::timestamptz, now()), $20::text, $21::text
FROM incoming JOIN meal USING (lot_id, jour, moment) LEFT JOIN misdated USING (lot_id, jour, moment)
ON CONFLICT (lot_id, jour, moment, time) DO UPDATE SET
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
    horloge_douteuse = EXCLUDED.horloge_douteuse,
    pret_abattage = EXCLUDED.pret_abattage,
    simule = EXCLUDED.simule,
    auteur = EXCLUDED.auteur,
    origine = EXCLUDED.origine,
    corrected_at = coalesce($22::timestamptz, now())
WHERE (stored.gaveur_id, stored.site_code, stored.dose_theorique, stored.dose_reelle, stored.poids_moyen,
       stored.nb_canards_vivants, stored.taux_mortalite, stored.temperature_stabule, stored.humidite_stabule,
       stored.pret_abattage, stored.simule, stored.horloge_douteuse)
    IS DISTINCT FROM
      (EXCLUDED.gaveur_id, EXCLUDED.site_code, EXCLUDED.dose_theorique, EXCLUDED.dose_reelle, EXCLUDED.poids_moyen,
       EXCLUDED.nb_canards_vivants, EXCLUDED.taux_mortalite, EXCLUDED.temperature_stabule, EXCLUDED.humidite_stabule,
       EXCLUDED.pret_abattage, EXCLUDED.simule, EXCLUDED.horloge_douteuse)
