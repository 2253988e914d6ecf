-- $1 since, $2 station, $3 lot, the last two null for all.
SELECT final_grade, count(*) AS nombre
FROM sensor_samples
WHERE time >= $1 AND ($2::text IS NULL OR device_id = $2) AND ($3::text IS NULL OR code_lot = $3) AND final_grade IS NOT NULL
GROUP BY final_grade
