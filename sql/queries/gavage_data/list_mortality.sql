-- $1 and $2 scope, $3 start and $4 end of a period, $5 site, null for all, $6 most lots, $7 earliest meal. Cumulated mortality by the end of each day of the lots
-- that were fed in the period, and whether they had ended by its end: real ones before simulated ones, those fed last first. Meals before
-- the earliest are not looked at, which excludes chunks.
WITH fed AS MATERIALIZED (
    SELECT id, code_lot, site_code, simule, dernier_releve < $4 AND statut IN ('pret_abattage', 'abattu', 'controle_qualite', 'clos') AS fini
    FROM lots_gavage
    WHERE (bilan_releve >= $3 OR (bilan_releve IS NULL AND dernier_releve >= $3)) AND premier_releve < $4
        AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
        AND ($5::text IS NULL OR site_code = $5)
    ORDER BY simule, dernier_releve DESC, id DESC
    LIMIT $6
),
counted AS (
    SELECT DISTINCT ON (reading.lot_id, reading.jour) reading.lot_id, reading.jour, reading.taux_mortalite
    FROM gavage_data reading
    WHERE reading.lot_id = ANY (ARRAY(SELECT id FROM fed)) AND reading.time >= $7 AND reading.time < $4
        AND reading.taux_mortalite IS NOT NULL
        AND ($1::text[] IS NULL OR reading.site_code = ANY ($1)) AND ($2::integer IS NULL OR reading.gaveur_id = $2)
    ORDER BY reading.lot_id, reading.jour, reading.moment DESC
)
SELECT fed.id AS lot_id, fed.code_lot, fed.site_code, fed.simule, fed.fini, counted.jour, counted.taux_mortalite
FROM counted
JOIN fed ON fed.id = counted.lot_id
ORDER BY fed.code_lot, fed.id, counted.jour
