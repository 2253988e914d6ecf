-- $1 and $2 scope; figures of sites have no gaveur. $3 starts of the days in order, followed by the end of the last one; $4 site, null
-- for all. Whole hours.
SELECT width_bucket(bucket, $3::timestamptz[]) AS place, site_code,
    sum(releves)::bigint AS releves,
    sum(releves_comptes)::bigint AS releves_comptes,
    coalesce(sum(canards_nourris), 0)::bigint AS canards_nourris,
    coalesce(sum(mais_g), 0) AS mais_g,
    coalesce(sum(mais_prevu_g), 0) AS mais_prevu_g,
    coalesce(sum(mais_compare_g), 0) AS mais_compare_g,
    coalesce(sum(poids_g), 0) AS poids_g,
    coalesce(sum(canards_peses), 0)::bigint AS canards_peses,
    sum(temperatures)::bigint AS temperatures,
    coalesce(sum(temperature_somme), 0) AS temperature_somme,
    sum(humidites)::bigint AS humidites,
    coalesce(sum(humidite_somme), 0) AS humidite_somme,
    bool_or(simule) AS simule
FROM gavage_site_heure
WHERE bucket >= ($3::timestamptz[])[1] AND bucket < ($3::timestamptz[])[cardinality($3::timestamptz[])]
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND ($4::text IS NULL OR site_code = $4)
GROUP BY 1, 2
