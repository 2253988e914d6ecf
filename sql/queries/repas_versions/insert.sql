-- Versions of meals that were replaced within a batch, before they were stored.
INSERT INTO repas_versions
    (lot_id, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants, taux_mortalite,
     temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule, origine, dit_le)
SELECT t.*, 'flux', now()
FROM unnest(
    $1::bigint[], $2::integer[], $3::text[], $4::integer[], $5::text[], $6::double precision[], $7::double precision[],
    $8::double precision[], $9::integer[], $10::double precision[], $11::double precision[], $12::double precision[], $13::text[],
    $14::boolean[], $15::boolean[])
    AS t (lot_id, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants, taux_mortalite,
          temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule)
