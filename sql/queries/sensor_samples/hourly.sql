-- $1 since, $2 station or null for all. date_trunc on UTC: the sessions' zone is UTC.
SELECT date_trunc('hour', time) AS heure, device_id, count(*) AS echantillons, avg(final_score) AS score_moyen,
    avg(masse_foie_g) AS masse_moyenne_g, count(*) FILTER (WHERE final_grade = 'REJECT') AS rejets
FROM sensor_samples
WHERE time >= $1 AND ($2::text IS NULL OR device_id = $2)
GROUP BY 1, device_id
ORDER BY 1, device_id
