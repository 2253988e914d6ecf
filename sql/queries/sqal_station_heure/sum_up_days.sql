-- $1 and $2 scope; stations have no gaveur. $3 starts of the days in order, followed by the end of the last one; $4 site, null for all.
-- Whole hours.
SELECT width_bucket(bucket, $3::timestamptz[]) AS place, site_code,
    sum(echantillons)::bigint AS echantillons,
    sum(scores)::bigint AS scores,
    coalesce(sum(score_somme), 0) AS score_somme,
    sum(masses)::bigint AS masses,
    coalesce(sum(masse_g), 0) AS masse_g,
    sum(a_plus + a + b + c + reject)::bigint AS classes,
    sum(reject)::bigint AS rejets,
    bool_or(simule) AS simule
FROM sqal_station_heure
WHERE bucket >= ($3::timestamptz[])[1] AND bucket < ($3::timestamptz[])[cardinality($3::timestamptz[])]
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND site_code IS NOT NULL AND ($4::text IS NULL OR site_code = $4)
GROUP BY 1, 2
