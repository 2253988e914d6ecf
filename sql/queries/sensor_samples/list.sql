-- Filters, null for no filter: $1 lot, $2 station, $3 grade by our rule, $5 at or after, $6 before. $4 limit. The aggregate knows the
-- hours of a lot's samples, and the station's row the time of its last one, which excludes chunks.
WITH known AS MATERIALIZED (
    SELECT
        CASE WHEN $1::text IS NULL THEN '-infinity' ELSE
            (SELECT min(bucket) FROM sqal_station_heure WHERE code_lot = $1)
        END AS first,
        CASE WHEN $2::text IS NULL THEN 'infinity' ELSE
            (SELECT dernier_echantillon FROM sqal_devices WHERE device_id = $2)
        END AS last
)
SELECT *
FROM sensor_samples
WHERE ($1::text IS NULL OR code_lot = $1) AND ($2::text IS NULL OR device_id = $2) AND ($3::text IS NULL OR final_grade = $3)
    AND time >= (SELECT first FROM known) AND time <= (SELECT last FROM known)
    AND ($5::timestamptz IS NULL OR time >= $5) AND ($6::timestamptz IS NULL OR time < $6)
ORDER BY time DESC, sample_id
LIMIT $4
