-- $1 and $2 scope; stations have no gaveur. $3 start, $4 station, $5 lot, the last two null for all. Hours that began after $3 come from
-- the aggregate, the rest of the first hour from the samples.
SELECT coalesce(sum(echantillons), 0)::bigint AS echantillons, coalesce(sum(a_plus), 0)::bigint AS a_plus, coalesce(sum(a), 0)::bigint AS a, coalesce(sum(b), 0)::bigint AS b,
    coalesce(sum(c), 0)::bigint AS c, coalesce(sum(reject), 0)::bigint AS reject
FROM (
    SELECT echantillons, a_plus, a, b, c, reject
    FROM sqal_station_heure
    WHERE bucket > $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
        AND ($4::text IS NULL OR device_id = $4) AND ($5::text IS NULL OR code_lot = $5)
    UNION ALL
    SELECT count(*),
        count(*) FILTER (WHERE final_grade = 'A+'),
        count(*) FILTER (WHERE final_grade = 'A'),
        count(*) FILTER (WHERE final_grade = 'B'),
        count(*) FILTER (WHERE final_grade = 'C'),
        count(*) FILTER (WHERE final_grade = 'REJECT')
    FROM sensor_samples
    WHERE time >= $3 AND time < date_bin('1 hour', $3, '2000-01-01T00:00:00Z') + INTERVAL '1 hour'
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
        AND ($4::text IS NULL OR device_id = $4) AND ($5::text IS NULL OR code_lot = $5)
) AS parts
