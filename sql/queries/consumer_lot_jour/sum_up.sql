-- $1 and $2 scope, $3 from and $4 before, null for no bound, $5 what is told apart: lot, gaveur, site, grade or mois. Real and simulated ratings are
-- told apart too.
SELECT CASE $5 WHEN 'lot' THEN code_lot WHEN 'gaveur' THEN gaveur_id::text WHEN 'site' THEN site_code WHEN 'grade' THEN coalesce(grade, 'lot')
        ELSE to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM') END AS cle, simule,
    sum(n1)::bigint AS n1, sum(n2)::bigint AS n2, sum(n3)::bigint AS n3, sum(n4)::bigint AS n4, sum(n5)::bigint AS n5,
    sum(recommande_n)::bigint AS recommande_n, sum(recommande_oui)::bigint AS recommande_oui,
    sum(rachat_n)::bigint AS rachat_n, sum(rachat_somme)::bigint AS rachat_somme,
    sum(texture_n)::bigint AS texture_n, sum(texture_somme)::bigint AS texture_somme,
    sum(flavor_n)::bigint AS flavor_n, sum(flavor_somme)::bigint AS flavor_somme,
    sum(color_n)::bigint AS color_n, sum(color_somme)::bigint AS color_somme,
    sum(aroma_n)::bigint AS aroma_n, sum(aroma_somme)::bigint AS aroma_somme,
    sum(freshness_n)::bigint AS freshness_n, sum(freshness_somme)::bigint AS freshness_somme
FROM consumer_lot_jour
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    AND ($3::timestamptz IS NULL OR bucket >= $3) AND ($4::timestamptz IS NULL OR bucket < $4)
GROUP BY 1, simule
ORDER BY 1, simule
