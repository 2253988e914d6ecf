-- $1 station or null for any. The matrices are not kept as long as the scores.
SELECT sample.*, matrices.distance, matrices.reflectance, matrices.amplitude, matrices.status, matrices.ambient, matrices.tof_meta,
    matrices.tof, matrices.spectral, matrices.fusion
FROM sensor_samples sample
JOIN sensor_matrices matrices ON matrices.sample_id = sample.sample_id AND matrices.time = sample.time
WHERE $1::text IS NULL OR sample.device_id = $1
ORDER BY sample.time DESC, sample.sample_id
LIMIT 1
