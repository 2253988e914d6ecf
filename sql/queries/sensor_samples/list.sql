-- $1 and $2 scope; stations have no gaveur. Filters, null for no filter: $3 lot, $4 station, $5 grade by our rule, $7 at or after, $8
-- before. $6 limit. The aggregate knows the hours of a lot's samples, and the station's row the time of its last one, which excludes
-- chunks.
WITH known AS MATERIALIZED (
    SELECT
        CASE WHEN $3::text IS NULL THEN '-infinity' ELSE
            (SELECT min(bucket) FROM sqal_station_heure
                WHERE code_lot = $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false))
        END AS first,
        CASE WHEN $4::text IS NULL THEN 'infinity' ELSE
            (SELECT dernier_echantillon FROM sqal_devices
                WHERE device_id = $4 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false))
        END AS last
)
SELECT *
FROM sensor_samples
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND ($3::text IS NULL OR code_lot = $3) AND ($4::text IS NULL OR device_id = $4) AND ($5::text IS NULL OR final_grade = $5)
    AND time >= (SELECT first FROM known) AND time <= (SELECT last FROM known)
    AND ($7::timestamptz IS NULL OR time >= $7) AND ($8::timestamptz IS NULL OR time < $8)
ORDER BY time DESC, sample_id
LIMIT $6
