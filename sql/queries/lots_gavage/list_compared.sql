-- $1 and $2 scope, $3 a lot, $4 earliest last meal, $5 most lots, $6 % off the plan, $7 to $8 °C and $9 to $10 % that a stable should have. The
-- closed lots of its site and genetics, simulated or not as it is, with itself: what they were given, how, what came of it, and what consumers
-- say of it.
WITH mine AS MATERIALIZED (
    SELECT site_code, genetique, simule
    FROM lots_gavage
    WHERE id = $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
),
chosen AS MATERIALIZED (
    SELECT lot.id AS lot_id, lot.code_lot, lot.gaveur_id, lot.site_code, lot.genetique, lot.simule, lot.dernier_releve, lot.mais_g_par_canard,
        lot.taux_mortalite
    FROM mine
    JOIN lots_gavage lot USING (site_code, genetique, simule)
    WHERE lot.statut = 'clos' AND lot.bilan_releve >= $4
        AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
    ORDER BY lot.bilan_releve DESC, lot.id DESC
    LIMIT $5
),
foies AS MATERIALIZED (
    SELECT lot_id, masses, masse_moyenne_g, sigma
    FROM lot_foies
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
),
meals AS MATERIALIZED (
    SELECT day.lot_id,
        count(*) FILTER (WHERE meal.planned > 0) AS repas,
        count(*) FILTER (WHERE meal.planned > 0 AND abs(meal.dose - meal.planned) * 100 > $6::double precision * meal.planned) AS repas_hors_plan,
        count(*) FILTER (WHERE meal.temperature IS NOT NULL OR meal.humidite IS NOT NULL) AS releves,
        count(*) FILTER (WHERE meal.temperature NOT BETWEEN $7::double precision AND $8::double precision
            OR meal.humidite NOT BETWEEN $9::double precision AND $10::double precision) AS releves_hors_plage
    FROM gavage_lot_jour day
    CROSS JOIN LATERAL (VALUES
        (day.dose_matin, day.dose_theorique_matin, day.temperature_matin, day.humidite_matin),
        (day.dose_soir, day.dose_theorique_soir, day.temperature_soir, day.humidite_soir)) AS meal (dose, planned, temperature, humidite)
    WHERE day.lot_id = ANY (ARRAY(SELECT lot_id FROM chosen)) AND meal.dose IS NOT NULL
        AND ($1::text[] IS NULL OR day.site_code = ANY ($1)) AND ($2::integer IS NULL OR day.gaveur_id = $2)
    GROUP BY day.lot_id
),
ratings AS MATERIALIZED (
    SELECT lot_id, simule, sum(n1)::bigint AS n1, sum(n2)::bigint AS n2, sum(n3)::bigint AS n3, sum(n4)::bigint AS n4, sum(n5)::bigint AS n5
    FROM consumer_lot_jour
    WHERE lot_id = ANY (ARRAY(SELECT lot_id FROM chosen))
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    GROUP BY lot_id, simule
)
SELECT chosen.lot_id, chosen.code_lot, chosen.gaveur_id, chosen.site_code, chosen.genetique, chosen.simule, chosen.dernier_releve,
    coalesce(abattage.poids_foie_moyen_g, CASE WHEN foies.masses >= 10 THEN foies.masse_moyenne_g END) AS foie_g,
    coalesce(abattage.ecart_type_foie_g / nullif(abattage.poids_foie_moyen_g, 0), CASE WHEN foies.masses >= 20 THEN foies.sigma END) AS cv,
    chosen.mais_g_par_canard AS mais_g, chosen.taux_mortalite AS perte_pct,
    coalesce(meals.repas, 0) AS repas, coalesce(meals.repas_hors_plan, 0) AS repas_hors_plan,
    coalesce(meals.releves, 0) AS releves, coalesce(meals.releves_hors_plage, 0) AS releves_hors_plage,
    coalesce(ratings.n1, 0) AS n1, coalesce(ratings.n2, 0) AS n2, coalesce(ratings.n3, 0) AS n3, coalesce(ratings.n4, 0) AS n4,
    coalesce(ratings.n5, 0) AS n5
FROM chosen
LEFT JOIN foies USING (lot_id)
LEFT JOIN meals USING (lot_id)
LEFT JOIN abattages abattage USING (lot_id)
LEFT JOIN ratings USING (lot_id, simule)
ORDER BY chosen.dernier_releve DESC, chosen.lot_id DESC
