-- $1 id of a lot or $2 site, the other one null, $3 from and $4 before, null for no bound. What anybody may know from five ratings on, real and simulated apart.
SELECT '' AS cle, simule,
    sum(n1)::bigint AS n1, sum(n2)::bigint AS n2, sum(n3)::bigint AS n3, sum(n4)::bigint AS n4, sum(n5)::bigint AS n5,
    sum(recommande_n)::bigint AS recommande_n, sum(recommande_oui)::bigint AS recommande_oui,
    sum(rachat_n)::bigint AS rachat_n, sum(rachat_somme)::bigint AS rachat_somme,
    sum(texture_n)::bigint AS texture_n, sum(texture_somme)::bigint AS texture_somme,
    sum(flavor_n)::bigint AS flavor_n, sum(flavor_somme)::bigint AS flavor_somme,
    sum(color_n)::bigint AS color_n, sum(color_somme)::bigint AS color_somme,
    sum(aroma_n)::bigint AS aroma_n, sum(aroma_somme)::bigint AS aroma_somme,
    sum(freshness_n)::bigint AS freshness_n, sum(freshness_somme)::bigint AS freshness_somme
FROM consumer_lot_jour
WHERE ($1::bigint IS NULL OR lot_id = $1) AND ($2::text IS NULL OR site_code = $2) AND ($3::timestamptz IS NULL OR bucket >= $3)
    AND ($4::timestamptz IS NULL OR bucket < $4)
GROUP BY simule
ORDER BY simule
