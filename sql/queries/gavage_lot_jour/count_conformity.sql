-- $1 and $2 scope, $3 start and $4 end of a period, $5 site, null for all. Meals given in the period, by site, real and simulated apart: how far
-- they were from the plan. Only lots that were fed in the period are looked at.
WITH fed AS MATERIALIZED (
    SELECT id, site_code, simule
    FROM lots_gavage
    WHERE (bilan_releve >= $3 OR (bilan_releve IS NULL AND dernier_releve >= $3)) AND premier_releve < $4
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
        AND ($5::text IS NULL OR site_code = $5)
),
meals AS (
    SELECT day.lot_id, meal.dose, 100 * (meal.dose - meal.planned) / nullif(greatest(meal.planned, 0), 0) AS ecart
    FROM gavage_lot_jour day
    CROSS JOIN LATERAL (VALUES
        (day.time_matin, day.dose_matin, day.dose_theorique_matin),
        (day.time_soir, day.dose_soir, day.dose_theorique_soir)) AS meal (time, dose, planned)
    WHERE day.lot_id = ANY (ARRAY(SELECT id FROM fed)) AND meal.time >= $3 AND meal.time < $4
        AND ($1::text[] IS NULL OR day.site_code = ANY ($1)) AND ($2::integer IS NULL OR day.gaveur_id = $2)
)
SELECT fed.site_code, fed.simule,
    count(*) AS repas,
    count(ecart) AS avec_plan,
    count(*) FILTER (WHERE abs(ecart) <= 5) AS dans_5,
    count(*) FILTER (WHERE abs(ecart) <= 10) AS dans_10,
    count(*) FILTER (WHERE ecart < -5) AS dessous,
    count(*) FILTER (WHERE ecart > 5) AS dessus
FROM meals
JOIN fed ON fed.id = meals.lot_id
GROUP BY fed.site_code, fed.simule
ORDER BY fed.site_code, fed.simule
