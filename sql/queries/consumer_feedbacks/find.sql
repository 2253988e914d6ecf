-- $1 digest of a receipt. Its rating, and what the ratings of the lot of the same kind amount to.
WITH found AS MATERIALIZED (
    SELECT * FROM consumer_feedbacks WHERE recu = $1
)
SELECT found.feedback_id, found.product_id, found.lot_id, found.code_lot, found.site_code, found.gaveur_id, found.overall_rating, found.grade, found.simule,
    coalesce(known.n, 0)::bigint AS n_lot, coalesce(known.somme, 0)::bigint AS somme_lot
FROM found
CROSS JOIN LATERAL (
    SELECT sum(n) AS n, sum(somme) AS somme
    FROM consumer_lot_jour
    WHERE lot_id = (SELECT lot_id FROM found) AND simule = (SELECT simule FROM found)
) AS known
