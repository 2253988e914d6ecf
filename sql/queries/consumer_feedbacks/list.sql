-- $1 and $2 scope, $3 limit. Newest first.
SELECT feedback_id, product_id, code_lot, overall_rating, texture_rating, flavor_rating, color_rating, aroma_rating, freshness_rating, comment,
    consumption_context, would_recommend, time, simule
FROM consumer_feedbacks
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
ORDER BY time DESC, feedback_id DESC
LIMIT $3
