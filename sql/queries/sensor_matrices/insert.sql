-- Written before the score of their sample. Harmless if the sample is sent again.
INSERT INTO sensor_matrices
    (time, sample_id, device_id, distance, reflectance, amplitude, status, ambient, tof_meta, tof, spectral, fusion)
SELECT * FROM unnest(
    $1::timestamptz[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::text[],
    $10::text[], $11::text[], $12::text[])
    AS t (time, sample_id, device_id, distance, reflectance, amplitude, status, ambient, tof_meta, tof, spectral, fusion)
ORDER BY sample_id, device_id, time
ON CONFLICT (sample_id, device_id, time) DO NOTHING
