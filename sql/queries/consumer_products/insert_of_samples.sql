-- New samples that may carry a label: $1 time, $2 sample, $3 station, $4 lot, $5 code of the label, $6 grade, $7 score, $8 and $9 of the two
-- sensors, $10 mass, $11 simulated. $12 name of the zone. A lot that was not fed yet, or whose control has ended with its rejection, gets none; the lock makes one of
-- another server that ends now wait.
WITH control AS MATERIALIZED (
    SELECT lot_id, statut FROM sqal_pending_lots WHERE lot_id = ANY ($4) ORDER BY lot_id FOR SHARE
), numbered AS MATERIALIZED (
    SELECT said.*, nextval('consumer_products_n')::text AS number
    FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::double precision[],
        $8::double precision[], $9::double precision[], $10::double precision[], $11::boolean[])
        AS said (time, sample_id, device_id, lot_id, qr_code, grade, score, tof_score, spectral_score, masse_g, simule)
)
INSERT INTO consumer_products
    (product_id, qr_code, origine, lot_id, code_lot, site_code, gaveur_id, sample_id, device_id, sample_time, grade, score, tof_score,
     spectral_score, masse_g, produit_le, controle_le, simule)
SELECT 'FG_' || lot.site_code || '_' || to_char(day.produit_le, 'YYYYMMDD') || '_' || lpad(number, greatest(6, length(number)), '0'),
    qr_code, 'echantillon', lot.id, lot.code_lot, lot.site_code, lot.gaveur_id, sample_id, device_id, time, grade, score, tof_score,
    spectral_score, masse_g, day.produit_le, time, numbered.simule OR lot.simule
FROM numbered
JOIN lots_gavage lot ON lot.id = numbered.lot_id
LEFT JOIN abattages ON abattages.lot_id = lot.id
CROSS JOIN LATERAL (SELECT coalesce(abattages.date, (lot.dernier_releve AT TIME ZONE $12)::date) AS produit_le) AS day
WHERE day.produit_le IS NOT NULL AND NOT EXISTS (SELECT FROM control WHERE control.lot_id = lot.id AND control.statut = 'rejected')
