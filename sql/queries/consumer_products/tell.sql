-- $1 product, $2 and $3 digests of an address, null if it is unknown. What the label's holder may read: of the product, of its lot, as it was kept
-- when the lot was closed, and of ratings of the lot of the same kind, real or simulated.
WITH histoire AS (
    SELECT lot_id, premier_releve, dernier_releve, nb_canards_initial, repas, jours, temperature_c, foies, foies_a_b, masse_moyenne_g, g_par_canard,
        abattu_le, controle, terminee_le
    FROM lots_histoires
    WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1)
    UNION ALL
    SELECT lot_id, premier_releve, dernier_releve, nb_canards_initial, repas, jours, temperature_c, foies, foies_a_b, masse_moyenne_g, g_par_canard,
        abattu_le, controle, terminee_le
    FROM lot_histoire
    WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1)
        AND NOT EXISTS (SELECT FROM lots_histoires WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1))
)
SELECT product.product_id, product.qr_code, product.code_lot, product.lot_id, product.site_code, product.origine, product.grade,
    product.score, product.masse_g, product.produit_le, product.controle_le, product.date_limite, product.conditionnement, product.cree_le,
    product.simule, product.retire_le, lot.statut, histoire.abattu_le, histoire.controle, histoire.terminee_le, histoire.premier_releve,
    histoire.dernier_releve, histoire.nb_canards_initial, histoire.repas, histoire.jours, histoire.temperature_c, histoire.foies,
    histoire.foies_a_b, histoire.masse_moyenne_g, histoire.g_par_canard,
    coalesce(ratings.n, 0)::bigint AS avis, coalesce(ratings.somme, 0)::bigint AS avis_somme,
    (SELECT max(expire_le) FROM consumer_votes vote WHERE vote.product_id = $1 AND vote.adresse IN ($2, $3) AND vote.expire_le >= now())
        AS note_jusqua
FROM consumer_products product
JOIN lots_gavage lot ON lot.id = product.lot_id
JOIN histoire ON histoire.lot_id = product.lot_id
LEFT JOIN LATERAL (
    SELECT sum(n) AS n, sum(somme) AS somme
    FROM consumer_lot_jour
    WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1) AND simule = product.simule
) AS ratings ON true
WHERE product.product_id = $1
