-- $1 and $2 scope; stations have no gaveur. The hours of station $4 since $3, oldest first: their samples, how many of these came since $5,
-- and of each measure number, mean and variance. Samples with a doubtful time are left out.
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS heure, count(*) AS echantillons,
    count(*) FILTER (WHERE time >= $5) AS recents, count(*) FILTER (WHERE final_grade = 'REJECT') AS rejets,
    count(final_score) AS score_n, avg(final_score) AS score_moyenne, var_samp(final_score) AS score_variance,
    count(masse_foie_g) AS masse_n, avg(masse_foie_g) AS masse_moyenne, var_samp(masse_foie_g) AS masse_variance,
    count(freshness_index) AS fraicheur_n, avg(freshness_index) AS fraicheur_moyenne, var_samp(freshness_index) AS fraicheur_variance,
    count(oxidation_index) AS oxydation_n, avg(oxidation_index) AS oxydation_moyenne, var_samp(oxidation_index) AS oxydation_variance
FROM sensor_samples
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND device_id = $4 AND time >= $3 AND NOT horloge_douteuse
GROUP BY heure
ORDER BY heure
