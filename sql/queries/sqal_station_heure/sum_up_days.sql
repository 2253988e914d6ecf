-- $1 starts of the days in order, followed by the end of the last one; $2 site, null for all. Whole hours.
SELECT width_bucket(bucket, $1::timestamptz[]) AS place, site_code,
    sum(echantillons)::bigint AS echantillons,
    sum(scores)::bigint AS scores,
    coalesce(sum(score_somme), 0) AS score_somme,
    sum(masses)::bigint AS masses,
    coalesce(sum(masse_g), 0) AS masse_g,
    sum(a_plus + a + b + c + reject)::bigint AS classes,
    sum(reject)::bigint AS rejets,
    bool_or(simule) AS simule
FROM sqal_station_heure
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND site_code IS NOT NULL AND ($2::text IS NULL OR site_code = $2)
GROUP BY 1, 2
