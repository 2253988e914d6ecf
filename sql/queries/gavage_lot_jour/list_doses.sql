-- $1 and $2 scope, $3 start and $4 end of a period, $5 site, null for all, $6 most lots. The doses by day of the lots that were fed in the period:
-- real ones before simulated ones, those fed last first; then by lot and jour.
WITH fed AS MATERIALIZED (
    SELECT id, code_lot, gaveur_id, site_code, simule
    FROM lots_gavage
    WHERE (bilan_releve >= $3 OR (bilan_releve IS NULL AND dernier_releve >= $3)) AND premier_releve < $4
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
        AND ($5::text IS NULL OR site_code = $5)
    ORDER BY simule, dernier_releve DESC, id DESC
    LIMIT $6
)
SELECT fed.id AS lot_id, fed.code_lot, gaveur.nom AS gaveur_nom, fed.site_code, fed.simule, day.jour, day.dose_matin, day.dose_theorique_matin, day.dose_soir,
    day.dose_theorique_soir
FROM gavage_lot_jour day
JOIN fed ON fed.id = day.lot_id
JOIN gaveurs_euralis gaveur ON gaveur.id = fed.gaveur_id
WHERE day.lot_id = ANY (ARRAY(SELECT id FROM fed))
    AND ($1::text[] IS NULL OR day.site_code = ANY ($1)) AND ($2::integer IS NULL OR day.gaveur_id = $2)
ORDER BY fed.code_lot, fed.id, day.jour, day.bucket
