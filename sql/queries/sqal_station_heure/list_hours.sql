-- $1 start, $2 station, $3 lot, the last two null for all; $4 limit, newest first. Whole hours, including that of $1.
SELECT *
FROM (
    SELECT bucket AS heure, device_id, sum(echantillons)::bigint AS echantillons,
        sum(score_somme) / nullif(sum(scores), 0)::double precision AS score_moyen,
        sum(masse_g) / nullif(sum(masses), 0)::double precision AS masse_moyenne_g,
        sum(reject)::bigint AS rejets
    FROM sqal_station_heure
    WHERE bucket >= date_bin('1 hour', $1, '2000-01-01T00:00:00Z')
        AND ($2::text IS NULL OR device_id = $2) AND ($3::text IS NULL OR code_lot = $3)
    GROUP BY bucket, device_id
    ORDER BY bucket DESC, device_id DESC
    LIMIT $4
) AS newest
ORDER BY heure, device_id
