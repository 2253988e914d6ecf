-- $1 and $2 scope, $3 limit. The latest closed lots with five ratings or more, of one kind: what was rated, what was fed, what quality control measured.
WITH rated AS MATERIALIZED (
    SELECT lot_id, simule, sum(n)::bigint AS avis, (sum(somme) / sum(n))::double precision AS note,
        (sum(texture_somme) / nullif(sum(texture_n), 0))::double precision AS texture,
        (sum(flavor_somme) / nullif(sum(flavor_n), 0))::double precision AS flavor,
        (sum(color_somme) / nullif(sum(color_n), 0))::double precision AS color,
        (sum(aroma_somme) / nullif(sum(aroma_n), 0))::double precision AS aroma,
        (sum(freshness_somme) / nullif(sum(freshness_n), 0))::double precision AS freshness
    FROM consumer_lot_jour
    WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    GROUP BY lot_id, simule
    HAVING sum(n) >= 5
),
chosen AS MATERIALIZED (
    SELECT rated.*, lot.site_code, lot.genetique, lot.taux_mortalite, lot.bilan_fait, lot.mais_g_par_canard
    FROM rated
    JOIN lots_gavage lot ON lot.id = rated.lot_id
    WHERE lot.statut = 'clos' AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
    ORDER BY lot.id DESC
    LIMIT $3
),
meals AS (
    SELECT day.lot_id, meal.dose, meal.temperature, meal.humidite,
        100 * (meal.dose - meal.planned) / nullif(greatest(meal.planned, 0), 0) AS ecart,
        row_number() OVER (PARTITION BY day.lot_id ORDER BY day.jour, meal.place) AS place,
        count(*) OVER (PARTITION BY day.lot_id) - row_number() OVER (PARTITION BY day.lot_id ORDER BY day.jour, meal.place) + 1 AS back
    FROM gavage_lot_jour day
    CROSS JOIN LATERAL (VALUES
        (0, day.dose_matin, day.dose_theorique_matin, day.temperature_matin, day.humidite_matin),
        (1, day.dose_soir, day.dose_theorique_soir, day.temperature_soir, day.humidite_soir))
        AS meal (place, dose, planned, temperature, humidite)
    WHERE day.lot_id = ANY (ARRAY(SELECT lot_id FROM chosen)) AND meal.dose IS NOT NULL
        AND ($1::text[] IS NULL OR day.site_code = ANY ($1)) AND ($2::integer IS NULL OR day.gaveur_id = $2)
),
fed AS MATERIALIZED (
    SELECT lot_id, count(*)::double precision AS repas, regr_slope(dose, place::double precision) FILTER (WHERE place <= 12) AS pente,
        avg(dose) FILTER (WHERE back <= 4) AS plateau, avg(abs(ecart)) AS ecart,
        (count(*) FILTER (WHERE abs(ecart) > 5))::double precision / nullif(count(ecart), 0) AS hors_plan,
        (count(*) FILTER (WHERE temperature NOT BETWEEN 18 AND 25 OR humidite NOT BETWEEN 50 AND 75))::double precision
            / nullif(count(*) FILTER (WHERE temperature IS NOT NULL OR humidite IS NOT NULL), 0) AS hors_ambiance
    FROM meals
    GROUP BY lot_id
),
foies AS MATERIALIZED (
    SELECT lot_id, masse_moyenne_g, sigma FROM lot_foies WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
),
mais AS MATERIALIZED (
    SELECT lot_id, g_par_canard FROM lot_mais WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen WHERE NOT bilan_fait))
)
SELECT chosen.lot_id, chosen.simule, chosen.avis, chosen.site_code, chosen.genetique, chosen.note, chosen.texture, chosen.flavor, chosen.color,
    chosen.aroma, chosen.freshness, chosen.taux_mortalite, foies.masse_moyenne_g, foies.sigma,
    CASE WHEN chosen.bilan_fait THEN chosen.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard,
    fed.repas, fed.pente, fed.plateau, fed.ecart, fed.hors_plan, fed.hors_ambiance, histoire.fraicheur, histoire.oxydation
FROM chosen
LEFT JOIN fed USING (lot_id)
LEFT JOIN foies USING (lot_id)
LEFT JOIN mais USING (lot_id)
LEFT JOIN lots_histoires histoire USING (lot_id)
ORDER BY chosen.lot_id
