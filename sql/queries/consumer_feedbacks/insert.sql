-- $1 product, $2 rating, $3 to $7 aspects, $8 comment, $9 context, $10 day, $11 recommends, $12 buys again, $13 digest of the receipt. Ratings older
-- than five years are forgotten meanwhile.
WITH forgotten AS (
    DELETE FROM consumer_feedbacks WHERE time < now() - INTERVAL '5 years'
)
INSERT INTO consumer_feedbacks
    (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, grade, overall_rating, texture_rating, flavor_rating, color_rating,
     aroma_rating, freshness_rating, comment, consumption_context, consumption_date, would_recommend, repurchase_intent, simule, recu)
SELECT now(), nextval('consumer_feedbacks_n'), product_id, lot_id, code_lot, site_code, gaveur_id, grade, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    simule, $13
FROM consumer_products
WHERE product_id = $1
