-- $1 lot, $2 station, $3 grade by our rule, each null for all; $4 how many. The aggregate knows in which hours a lot or a station
-- has samples, which leaves chunks out.
WITH hours AS MATERIALIZED (
    SELECT CASE WHEN $1::text IS NULL AND $2::text IS NULL THEN '-infinity' ELSE min(bucket) END AS first,
        CASE WHEN $1::text IS NULL AND $2::text IS NULL THEN 'infinity' ELSE max(bucket) + INTERVAL '1 hour' END AS last
    FROM sqal_station_heure
    WHERE ($1::text IS NOT NULL OR $2::text IS NOT NULL)
        AND ($1::text IS NULL OR code_lot = $1) AND ($2::text IS NULL OR device_id = $2)
)
SELECT *
FROM sensor_samples
WHERE ($1::text IS NULL OR code_lot = $1) AND ($2::text IS NULL OR device_id = $2) AND ($3::text IS NULL OR final_grade = $3)
    AND time >= (SELECT first FROM hours) AND time < (SELECT last FROM hours)
ORDER BY time DESC, sample_id
LIMIT $4
