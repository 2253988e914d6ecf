INSERT INTO sensor_samples
    (time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, station_score, station_grade, tof_score,
     spectral_score, volume_mm3, masse_foie_g, nb_defauts, defauts, freshness_index, oxidation_index, fat_quality_index,
     sellable, qr_allowed, simule, score_grade, a_verifier, horloge_douteuse, recu_le)
SELECT time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, station_score, station_grade, tof_score,
    spectral_score, volume_mm3, masse_foie_g, nb_defauts, defauts, freshness_index, oxidation_index, fat_quality_index,
    sellable, qr_allowed, simule, score_grade, string_to_array(a_verifier, ','), horloge_douteuse, recu_le
FROM unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::double precision[], $8::text[],
    $9::double precision[], $10::text[], $11::double precision[], $12::double precision[], $13::double precision[],
    $14::double precision[], $15::integer[], $16::jsonb[], $17::double precision[], $18::double precision[], $19::double precision[],
    $20::boolean[], $21::boolean[], $22::boolean[], $23::text[], $24::text[], $25::boolean[], $26::timestamptz[])
AS t (time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, station_score, station_grade, tof_score,
    spectral_score, volume_mm3, masse_foie_g, nb_defauts, defauts, freshness_index, oxidation_index, fat_quality_index,
    sellable, qr_allowed, simule, score_grade, a_verifier, horloge_douteuse, recu_le)
