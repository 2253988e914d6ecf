-- $1 and $2 scope; stations have no gaveur. Figures since $3, and since $4, an hour ago; a station is online if last seen at or after
-- $5. Hours that began after $3 come from the aggregate, the rest of the first hour from the samples.
SELECT coalesce(sum(echantillons), 0)::bigint AS echantillons,
    (SELECT count(*) FROM sensor_samples WHERE time >= $4
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)) AS echantillons_derniere_heure,
    sum(score_somme) / nullif(sum(scores), 0)::double precision AS score_moyen,
    sum(masse_g) / nullif(sum(masses), 0)::double precision AS masse_moyenne_g,
    coalesce(sum(a_plus), 0)::bigint AS a_plus,
    coalesce(sum(a), 0)::bigint AS a,
    coalesce(sum(b), 0)::bigint AS b,
    coalesce(sum(c), 0)::bigint AS c,
    coalesce(sum(reject), 0)::bigint AS reject,
    (SELECT count(*) FROM sqal_devices WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)) AS stations,
    (SELECT count(*) FROM sqal_devices WHERE derniere_activite >= $5
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)) AS stations_en_ligne,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'pending'
        AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
        AND ($2::integer IS NULL OR false)) AS lots_en_attente,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'inspecting'
        AND ($1::text[] IS NULL OR lot_id IN (SELECT id FROM lots_gavage WHERE site_code = ANY ($1)))
        AND ($2::integer IS NULL OR false)) AS lots_en_controle
FROM (
    SELECT echantillons, scores, score_somme, masses, masse_g, a_plus, a, b, c, reject
    FROM sqal_station_heure
    WHERE bucket > $3
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    UNION ALL
    SELECT count(*), count(final_score), sum(final_score), count(masse_foie_g), sum(masse_foie_g),
        count(*) FILTER (WHERE final_grade = 'A+'),
        count(*) FILTER (WHERE final_grade = 'A'),
        count(*) FILTER (WHERE final_grade = 'B'),
        count(*) FILTER (WHERE final_grade = 'C'),
        count(*) FILTER (WHERE final_grade = 'REJECT')
    FROM sensor_samples
    WHERE time >= $3 AND time < date_bin('1 hour', $3, '2000-01-01T00:00:00Z') + INTERVAL '1 hour'
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
) AS parts
