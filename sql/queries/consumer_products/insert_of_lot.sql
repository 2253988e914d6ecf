-- $1 lot, $2 codes of the labels, $3 best before, $4 packaging, $5 who, $6 name of the zone. A code that is there already is of the same request.
WITH numbered AS MATERIALIZED (
    SELECT code, nextval('consumer_products_n')::text AS number FROM unnest($2::text[]) AS code
)
INSERT INTO consumer_products
    (product_id, qr_code, origine, lot_id, code_lot, site_code, gaveur_id, produit_le, controle_le, date_limite, conditionnement, simule, cree_par)
SELECT 'FG_' || lot.site_code || '_' || to_char(day.produit_le, 'YYYYMMDD') || '_' || lpad(number, greatest(6, length(number)), '0'),
    code, 'lot', lot.id, lot.code_lot, lot.site_code, lot.gaveur_id, day.produit_le, control.terminee_le, $3, $4, lot.simule, $5
FROM numbered
CROSS JOIN lots_gavage lot
JOIN sqal_pending_lots control ON control.lot_id = lot.id
LEFT JOIN abattages ON abattages.lot_id = lot.id
CROSS JOIN LATERAL (SELECT coalesce(abattages.date, (lot.dernier_releve AT TIME ZONE $6)::date) AS produit_le) AS day
WHERE lot.id = $1
ON CONFLICT (qr_code) DO NOTHING
