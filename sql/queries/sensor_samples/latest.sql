-- $1 and $2 scope; stations have no gaveur. $3 station, null for any. The time of its last sample is known, which excludes chunks.
-- Samples with a doubtful time are skipped.
WITH newest AS (
    SELECT *
    FROM sensor_samples
    WHERE NOT horloge_douteuse AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
        AND ($3::text IS NULL OR device_id = $3)
        AND ($3::text IS NULL OR time >= (SELECT dernier_echantillon FROM sqal_devices WHERE device_id = $3))
    ORDER BY time DESC, sample_id
    LIMIT 1
)
SELECT newest.*, matrices.distance, matrices.reflectance, matrices.amplitude, matrices.status, matrices.ambient, matrices.tof_meta,
    matrices.tof, matrices.spectral, matrices.fusion
FROM newest
JOIN sensor_matrices matrices ON matrices.sample_id = newest.sample_id AND matrices.device_id = newest.device_id
    AND matrices.time = newest.time
