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

-- What labels tell of a lot. To be asked for one lot.
CREATE OR REPLACE VIEW lot_histoire AS
SELECT lot.id AS lot_id, lot.premier_releve, lot.dernier_releve, lot.nb_canards_initial,
    coalesce(meals.repas, 0)::bigint AS repas, meals.jours, meals.temperature_c,
    coalesce(foies.echantillons, 0)::bigint AS foies, coalesce(foies.a_plus + foies.a + foies.b, 0)::bigint AS foies_a_b, foies.masse_moyenne_g,
    CASE WHEN lot.bilan_fait THEN lot.mais_g_par_canard ELSE mais.g_par_canard END AS g_par_canard,
    abattages.date AS abattu_le, control.statut AS controle, control.terminee_le
FROM lots_gavage lot
LEFT JOIN abattages ON abattages.lot_id = lot.id
LEFT JOIN sqal_pending_lots control ON control.lot_id = lot.id
LEFT JOIN (
    SELECT lot_id, sum(releves)::bigint AS repas, (max(jour) - greatest(min(jour), 0) + 1)::integer AS jours,
        sum(coalesce(temperature_matin, 0) + coalesce(temperature_soir, 0)) / nullif(count(temperature_matin) + count(temperature_soir), 0) AS temperature_c
    FROM gavage_lot_jour
    GROUP BY lot_id
) AS meals ON meals.lot_id = lot.id
LEFT JOIN lot_foies foies ON foies.lot_id = lot.id
LEFT JOIN lot_mais mais ON mais.lot_id = lot.id;
