-- $1 since.
SELECT site.code AS site_code, count(sample.sample_id) AS echantillons, avg(sample.final_score) AS score_moyen,
    count(*) FILTER (WHERE sample.final_grade = 'REJECT')::double precision / nullif(count(sample.final_grade), 0) AS part_rejets
FROM sites_euralis site
LEFT JOIN sensor_samples sample ON sample.site_code = site.code AND sample.time >= $1
GROUP BY site.code
ORDER BY site.code
