-- Meals that are certainly new, so no conflict is checked. The id is drawn first, which saves a join. $20 author, null for a stream; $21 origin; $22 when
-- screens are told, now if null.
WITH incoming AS MATERIALIZED (
    SELECT nextval('repas_id_seq') AS id, t.*
    FROM unnest(
        $1::timestamptz[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::text[], $8::double precision[],
        $9::double precision[], $10::double precision[], $11::integer[], $12::double precision[], $13::double precision[],
        $14::double precision[], $15::text[], $16::boolean[], $17::boolean[], $18::boolean[], $19::boolean[])
    AS t (time, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
          nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
          corrects, horloge_douteuse)
), meal AS (
    INSERT INTO repas (id, lot_id, jour, moment, time, horloge_douteuse) OVERRIDING SYSTEM VALUE
    SELECT id, lot_id, jour, moment, time, horloge_douteuse FROM incoming
)
INSERT INTO gavage_data
    (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
     nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
     corrected_at, horloge_douteuse, recu_le, auteur, origine)
SELECT time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
       nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule,
       CASE WHEN corrects THEN coalesce($22::timestamptz, now()) END, horloge_douteuse, coalesce($22::timestamptz, now()), $20::text, $21::text
FROM incoming
