-- Meals that cannot be there yet: no look for them, no trace of having looked. The id is taken first, so that nothing is joined.
WITH incoming AS MATERIALIZED (
    SELECT nextval('repas_id_seq') AS id, t.*
    FROM unnest(
        $1::timestamptz[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::double precision[],
        $8::double precision[], $9::double precision[], $10::integer[], $11::double precision[], $12::double precision[],
        $13::double precision[], $14::text[], $15::boolean[], $16::boolean[], $17::boolean[])
    AS t (time, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
          nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
          corrects)
), meal AS (
    INSERT INTO repas (id, code_lot, jour, moment, time) OVERRIDING SYSTEM VALUE
    SELECT id, code_lot, jour, moment, time FROM incoming
)
INSERT INTO gavage_data
    (time, id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
     nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
     corrected_at)
SELECT time, id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
       nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
       CASE WHEN corrects THEN now() END
FROM incoming
