-- $1 product, $2 from and $3 before, null for no bound. What anybody may know of its ratings from five on, real and simulated apart.
SELECT '' AS cle, simule,
    count(*) FILTER (WHERE overall_rating = 1) AS n1, count(*) FILTER (WHERE overall_rating = 2) AS n2,
    count(*) FILTER (WHERE overall_rating = 3) AS n3, count(*) FILTER (WHERE overall_rating = 4) AS n4,
    count(*) FILTER (WHERE overall_rating = 5) AS n5,
    count(would_recommend) AS recommande_n, count(*) FILTER (WHERE would_recommend) AS recommande_oui,
    count(repurchase_intent) AS rachat_n, coalesce(sum(repurchase_intent), 0) AS rachat_somme,
    count(texture_rating) AS texture_n, coalesce(sum(texture_rating), 0) AS texture_somme,
    count(flavor_rating) AS flavor_n, coalesce(sum(flavor_rating), 0) AS flavor_somme,
    count(color_rating) AS color_n, coalesce(sum(color_rating), 0) AS color_somme,
    count(aroma_rating) AS aroma_n, coalesce(sum(aroma_rating), 0) AS aroma_somme,
    count(freshness_rating) AS freshness_n, coalesce(sum(freshness_rating), 0) AS freshness_somme
FROM consumer_feedbacks
WHERE product_id = $1 AND ($2::timestamptz IS NULL OR time >= $2) AND ($3::timestamptz IS NULL OR time < $3)
GROUP BY simule
ORDER BY simule
