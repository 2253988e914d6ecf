-- $1 and $2 scope, $3 id of the lot, $4 lower bounds of the classes, in order. Its livers by mass; class 0 is below all bounds. The aggregate
-- knows the hours of its samples, which excludes chunks.
WITH known AS MATERIALIZED (
    SELECT min(bucket) AS first, max(bucket) + INTERVAL '1 hour' AS last
    FROM sqal_station_heure
    WHERE lot_id = $3
)
SELECT width_bucket(sample.masse_foie_g, $4::double precision[]) AS classe, count(*) AS foies
FROM sensor_samples sample
JOIN lots_gavage lot ON lot.id = sample.lot_id
WHERE sample.lot_id = $3 AND sample.masse_foie_g IS NOT NULL
    AND sample.time >= (SELECT first FROM known) AND sample.time < (SELECT last FROM known)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
GROUP BY 1
ORDER BY 1
