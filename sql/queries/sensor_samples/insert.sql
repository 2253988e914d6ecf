INSERT INTO sensor_samples
    (time, sample_id, device_id, site_code, code_lot, final_score, final_grade, station_score, station_grade, tof_score,
     spectral_score, volume_mm3, masse_foie_g, nb_defauts, defauts, freshness_index, oxidation_index, fat_quality_index,
     sellable, qr_allowed, simule)
SELECT * FROM unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::double precision[], $7::text[], $8::double precision[],
    $9::text[], $10::double precision[], $11::double precision[], $12::double precision[], $13::double precision[], $14::integer[],
    $15::jsonb[], $16::double precision[], $17::double precision[], $18::double precision[], $19::boolean[], $20::boolean[],
    $21::boolean[])
