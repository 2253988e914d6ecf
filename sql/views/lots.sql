-- A lot as a whole, from the aggregates.

-- The maize that a duck of the lot was given, known when every meal from the first day on is there. To be asked for named lots
-- (lot_id = ANY), otherwise it goes through all.
CREATE OR REPLACE VIEW lot_mais AS
SELECT lot_id, CASE WHEN first <= 1 AND last - first + 1 = repas THEN given END AS g_par_canard
FROM (
    SELECT lot_id,
        min(2 * jour + (dose_matin IS NULL)::integer) AS first,
        max(2 * jour + (dose_soir IS NOT NULL)::integer) AS last,
        count(dose_matin) + count(dose_soir) AS repas,
        sum(coalesce(dose_matin, 0) + coalesce(dose_soir, 0)) AS given
    FROM gavage_lot_jour
    GROUP BY lot_id
) AS meals;

-- The samples of a lot. To be asked for named lots, as above.
CREATE OR REPLACE VIEW lot_foies AS
SELECT lot_id,
    sum(echantillons)::bigint AS echantillons,
    sum(a_plus)::bigint AS a_plus,
    sum(a)::bigint AS a,
    sum(b)::bigint AS b,
    sum(c)::bigint AS c,
    sum(reject)::bigint AS reject,
    sum(vendables)::bigint AS vendables,
    sum(masses)::bigint AS masses,
    sum(masse_g) / nullif(sum(masses), 0)::double precision AS masse_moyenne_g,
    -- Coefficient of variation: standard deviation over mean, of two livers or more.
    CASE WHEN sum(masses) > 1 AND sum(masse_g) > 0 THEN
        sqrt(greatest(sum(masse_carres) - sum(masse_g) * sum(masse_g) / sum(masses)::double precision, 0) / (sum(masses) - 1)::double precision)
            * sum(masses)::double precision / sum(masse_g)
    END AS sigma
FROM sqal_station_heure
WHERE lot_id IS NOT NULL
GROUP BY lot_id;
