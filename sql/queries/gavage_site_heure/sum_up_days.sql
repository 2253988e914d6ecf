-- $1 starts of the days in order, followed by the end of the last one; $2 site, null for all. Whole hours.
SELECT width_bucket(bucket, $1::timestamptz[]) AS place, site_code,
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
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::text IS NULL OR site_code = $2)
GROUP BY 1, 2
