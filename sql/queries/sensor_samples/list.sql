-- $1 lot, $2 station, $3 grade by our rule, each null for all; $4 how many.
SELECT * FROM sensor_samples
WHERE ($1::text IS NULL OR code_lot = $1) AND ($2::text IS NULL OR device_id = $2) AND ($3::text IS NULL OR final_grade = $3)
ORDER BY time DESC, sample_id
LIMIT $4
