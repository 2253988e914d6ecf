-- $1 and $2 scope; figures of sites have no gaveur. $3 start. Hours that began after it come from the aggregate, the rest of the first
-- hour from the samples.
WITH found AS (
    SELECT site_code, sum(echantillons)::bigint AS echantillons, sum(score_somme) AS score_somme, sum(scores) AS scores,
        sum(reject) AS rejets, sum(graded) AS graded
    FROM (
        SELECT site_code, echantillons, score_somme, scores, reject, a_plus + a + b + c + reject AS graded
        FROM sqal_station_heure
        WHERE bucket > $3
        UNION ALL
        SELECT site_code, count(*), sum(final_score), count(final_score), count(*) FILTER (WHERE final_grade = 'REJECT'),
            count(final_grade)
        FROM sensor_samples
        WHERE time >= $3 AND time < date_bin('1 hour', $3, '2000-01-01T00:00:00Z') + INTERVAL '1 hour'
        GROUP BY site_code
    ) AS parts
    GROUP BY site_code
)
SELECT site.code AS site_code, coalesce(found.echantillons, 0) AS echantillons,
    found.score_somme / nullif(found.scores, 0)::double precision AS score_moyen,
    found.rejets::double precision / nullif(found.graded, 0)::double precision AS part_rejets
FROM sites_euralis site
LEFT JOIN found ON found.site_code = site.code
WHERE ($1::text[] IS NULL OR site.code = ANY ($1)) AND ($2::integer IS NULL OR false)
ORDER BY site.code
