-- $1 and $2 scope, $3 id of a lot, $4 site and $5 product, null for all, $6 limit. Ratings with a comment, newest first.
SELECT feedback_id, product_id, code_lot, overall_rating, texture_rating, flavor_rating, color_rating, aroma_rating, freshness_rating, comment,
    consumption_context, would_recommend, time, simule
FROM consumer_feedbacks
WHERE comment IS NOT NULL AND ($3::bigint IS NULL OR lot_id = $3) AND ($4::text IS NULL OR site_code = $4)
    AND ($5::text IS NULL OR product_id = $5)
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
ORDER BY time DESC, feedback_id DESC
LIMIT $6
