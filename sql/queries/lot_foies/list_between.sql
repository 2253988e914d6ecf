-- $1 and $2 scope, $3 from and $4 before, $5 site and $6 code of a lot, null for all, $7 time and $8 id and $9 station of the last row that is known,
-- null at the beginning, $10 limit. Samples in the order of their times; a farmer's are those of his lots. The aggregate knows the hours of a
-- lot's samples, which excludes chunks.
WITH known AS MATERIALIZED (
    SELECT greatest($3, $7, CASE WHEN $6::text IS NOT NULL THEN
            (SELECT coalesce(min(bucket), 'infinity') FROM sqal_station_heure WHERE code_lot = $6) END) AS first,
        least($4, CASE WHEN $6::text IS NOT NULL THEN
            (SELECT max(bucket) + INTERVAL '1 hour' FROM sqal_station_heure WHERE code_lot = $6) END) AS last
)
SELECT sample.time, sample.sample_id, sample.device_id, sample.site_code, sample.code_lot, sample.final_score, sample.final_grade,
    sample.station_score, sample.station_grade, sample.masse_foie_g, sample.volume_mm3, sample.nb_defauts, sample.freshness_index,
    sample.oxidation_index, sample.fat_quality_index, sample.sellable, sample.qr_allowed, sample.simule
FROM sensor_samples sample
LEFT JOIN lots_gavage lot ON lot.id = sample.lot_id
WHERE sample.time >= (SELECT first FROM known) AND sample.time < (SELECT last FROM known)
    AND ($7::timestamptz IS NULL OR (sample.time, sample.sample_id, sample.device_id) > ($7, $8::text, $9::text))
    AND ($6::text IS NULL OR sample.code_lot = $6) AND ($5::text IS NULL OR sample.site_code = $5)
    AND ($1::text[] IS NULL OR sample.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY sample.time, sample.sample_id, sample.device_id
LIMIT $10
