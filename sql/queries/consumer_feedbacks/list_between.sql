-- $1 and $2 scope, $3 from and $4 before, $5 site and $6 code of a lot, null for all, $7 and $8 time and id of the last row that is known, null at
-- the beginning, $9 limit. Ratings in the order of their times.
SELECT feedback_id, product_id, code_lot, overall_rating, texture_rating, flavor_rating, color_rating, aroma_rating, freshness_rating, comment,
    consumption_context, would_recommend, time, simule, site_code, gaveur_id, grade, repurchase_intent
FROM consumer_feedbacks
WHERE time >= greatest($3::timestamptz, $7::timestamptz) AND time < $4
    AND ($7::timestamptz IS NULL OR (time, feedback_id) > ($7, $8::bigint))
    AND ($6::text IS NULL OR code_lot = $6) AND ($5::text IS NULL OR site_code = $5)
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
ORDER BY time, feedback_id
LIMIT $9
