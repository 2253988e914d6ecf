-- $1 product, $2 and $3 digests of an address, null if it is unknown. What the label's holder may read: of the product, of its lot, and of ratings of
-- the lot of the same kind, real or simulated.
SELECT product.product_id, product.qr_code, product.code_lot, product.lot_id, product.site_code, product.gaveur_id, product.origine, product.grade,
    product.score, product.masse_g, product.produit_le, product.controle_le, product.date_limite, product.conditionnement, product.cree_le,
    product.simule, product.retire_le, abattages.date AS abattu_le, control.statut AS controle, control.terminee_le,
    lot.premier_releve, lot.dernier_releve, lot.statut, lot.nb_canards_initial, lot.genetique,
    coalesce(meals.repas, 0)::bigint AS repas, meals.jours, meals.temperature_c,
    coalesce(foies.echantillons, 0)::bigint AS foies, coalesce(foies.a_plus + foies.a + foies.b, 0)::bigint AS foies_a_b,
    foies.masse_moyenne_g, CASE WHEN lot.bilan_fait THEN lot.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard,
    coalesce(ratings.n, 0)::bigint AS avis, coalesce(ratings.somme, 0)::bigint AS avis_somme,
    EXISTS (SELECT FROM consumer_votes vote WHERE vote.product_id = $1 AND vote.adresse IN ($2, $3) AND vote.expire_le >= now()) AS deja_note
FROM consumer_products product
JOIN lots_gavage lot ON lot.id = product.lot_id
LEFT JOIN abattages ON abattages.lot_id = lot.id
LEFT JOIN sqal_pending_lots control ON control.lot_id = lot.id
LEFT JOIN LATERAL (
    SELECT sum(releves)::bigint AS repas, (max(jour) - greatest(min(jour), 0) + 1)::integer AS jours,
        sum(coalesce(temperature_matin, 0) + coalesce(temperature_soir, 0)) / nullif(count(temperature_matin) + count(temperature_soir), 0) AS temperature_c
    FROM gavage_lot_jour
    WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1)
) AS meals ON true
LEFT JOIN (
    SELECT * FROM lot_foies WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1)
) AS foies ON foies.lot_id = lot.id
LEFT JOIN (
    SELECT * FROM lot_mais WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1)
) AS mais ON mais.lot_id = lot.id
LEFT JOIN LATERAL (
    SELECT sum(n) AS n, sum(somme) AS somme
    FROM consumer_lot_jour
    WHERE lot_id = (SELECT lot_id FROM consumer_products WHERE product_id = $1) AND simule = product.simule
) AS ratings ON true
WHERE product.product_id = $1
