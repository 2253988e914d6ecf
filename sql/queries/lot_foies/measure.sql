-- $1 and $2 scope, $3 ids of lots. What the samples of each lot measured; a lot without samples has no row. The
-- aggregate knows the hours of their samples, which excludes chunks.
WITH known AS MATERIALIZED (
    SELECT min(bucket) AS first, max(bucket) + INTERVAL '1 hour' AS last
    FROM sqal_station_heure
    WHERE lot_id = ANY ($3)
)
SELECT sample.lot_id,
    min(sample.masse_foie_g) AS masse_min_g,
    max(sample.masse_foie_g) AS masse_max_g,
    stddev_samp(sample.masse_foie_g) AS masse_ecart_type_g,
    avg(sample.volume_mm3) AS volume_mm3,
    avg(sample.final_score) AS score_moyen,
    min(sample.final_score) AS score_min,
    max(sample.final_score) AS score_max,
    avg(sample.tof_score) AS tof_moyen,
    avg(sample.spectral_score) AS spectral_moyen,
    avg(sample.freshness_index) AS fraicheur,
    avg(sample.fat_quality_index) AS qualite_gras,
    avg(sample.oxidation_index) AS oxydation,
    min(sample.time) AS premiere_mesure,
    max(sample.time) AS derniere_mesure
FROM sensor_samples sample
JOIN lots_gavage lot ON lot.id = sample.lot_id
WHERE sample.lot_id = ANY ($3)
    AND sample.time >= (SELECT first FROM known) AND sample.time < (SELECT last FROM known)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
GROUP BY sample.lot_id
