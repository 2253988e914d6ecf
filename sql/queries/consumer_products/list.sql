-- $1 and $2 scope, $3 id and $4 code of a lot, null for all, $5 limit. Newest first; what was retired is left out.
SELECT product_id, qr_code, lot_id, code_lot, sample_id, grade, cree_le, tof_score, spectral_score, origine, simule, produit_le, date_limite,
    conditionnement, retire_le
FROM consumer_products
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    AND ($3::bigint IS NULL OR lot_id = $3) AND ($4::text IS NULL OR code_lot = $4)
    AND retire_le IS NULL
ORDER BY cree_le DESC, product_id DESC
LIMIT $5
