-- $1 and $2 scope, $3 gaveur, $4 lot, each null for all, $5 number of rows. Lots that are fed to a plan, with their last meal, the newest meal first.
SELECT lot.id AS lot_id, lot.code_lot, lot.gaveur_id, lot.site_code, lot.simule, lot.jour_actuel AS jour, lot.moment_actuel AS moment,
    plan.premier_repas, plan.points_g, meal.dose_reelle AS donnee_g, coalesce(meal.corrected_at, meal.recu_le) AS dit_le,
    EXISTS (SELECT FROM corrections other WHERE other.lot_id = lot.id AND NOT other.acceptee) AS is_refused,
    EXISTS (
        SELECT FROM corrections same
        WHERE same.lot_id = lot.id AND same.jour = lot.jour_actuel AND same.moment = lot.moment_actuel
    ) AS is_answered
FROM lots_gavage lot
JOIN courbes plan ON plan.lot_id = lot.id AND plan.etat = 'validee'
JOIN repas ON repas.lot_id = lot.id AND repas.jour = lot.jour_actuel AND repas.moment = lot.moment_actuel
-- The limit keeps the time of the meal a parameter, which excludes chunks.
CROSS JOIN LATERAL (
    SELECT dose_reelle, corrected_at, recu_le FROM gavage_data
    WHERE lot_id = repas.lot_id AND jour = repas.jour AND moment = repas.moment AND time = repas.time
    LIMIT 1
) meal
WHERE lot.statut = 'en_gavage' AND ($3::integer IS NULL OR lot.gaveur_id = $3) AND ($4::bigint IS NULL OR lot.id = $4)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY lot.dernier_releve DESC
LIMIT $5
