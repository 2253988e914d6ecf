-- $1 and $2 scope; stations have no gaveur. $3 start, $4 station, $5 lot, the last two null for all; $6 limit, newest first. Whole
-- hours, including that of $3.
SELECT *
FROM (
    SELECT bucket AS heure, device_id, sum(echantillons)::bigint AS echantillons,
        sum(score_somme) / nullif(sum(scores), 0)::double precision AS score_moyen,
        sum(masse_g) / nullif(sum(masses), 0)::double precision AS masse_moyenne_g,
        sum(reject)::bigint AS rejets
    FROM sqal_station_heure
    WHERE bucket >= date_bin('1 hour', $3, '2000-01-01T00:00:00Z')
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
        AND ($4::text IS NULL OR device_id = $4) AND ($5::text IS NULL OR code_lot = $5)
    GROUP BY bucket, device_id
    ORDER BY bucket DESC, device_id DESC
    LIMIT $6
) AS newest
ORDER BY heure, device_id
