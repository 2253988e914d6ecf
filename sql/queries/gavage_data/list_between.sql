-- $1 and $2 scope, $3 from and $4 before, $5 site and $6 code of a lot, null for all, $7 and $8 time and id of the last row that is known, null at
-- the beginning, $9 limit. Meals in the order of their times. The lots of a code bound the times, which excludes chunks.
WITH known AS MATERIALIZED (
    SELECT
        greatest($3, $7, CASE WHEN $6::text IS NOT NULL THEN
            (SELECT coalesce(min(premier_releve), 'infinity') FROM lots_gavage WHERE code_lot = $6) END) AS first,
        least($4, CASE WHEN $6::text IS NOT NULL THEN (SELECT max(dernier_releve) + INTERVAL '1 microsecond' FROM lots_gavage WHERE code_lot = $6) END) AS last
),
readings AS MATERIALIZED (
    SELECT reading.*
    FROM gavage_data reading
    WHERE reading.time >= (SELECT first FROM known) AND reading.time < (SELECT last FROM known)
        AND ($7::timestamptz IS NULL OR (reading.time, reading.id) > ($7, $8::bigint))
        AND ($6::text IS NULL OR reading.code_lot = $6) AND ($5::text IS NULL OR reading.site_code = $5)
        AND ($1::text[] IS NULL OR reading.site_code = ANY ($1)) AND ($2::integer IS NULL OR reading.gaveur_id = $2)
    ORDER BY reading.time, reading.id
    LIMIT $9
)
SELECT reading.id, reading.time, reading.code_lot, reading.gaveur_id, gaveur.nom AS gaveur_nom, reading.site_code, reading.jour, reading.moment,
    reading.dose_theorique, reading.dose_reelle, reading.poids_moyen, reading.nb_canards_vivants, reading.taux_mortalite,
    reading.temperature_stabule, reading.humidite_stabule, reading.pret_abattage, reading.simule, reading.auteur, reading.origine,
    reading.recu_le, reading.corrected_at
FROM readings reading
JOIN gaveurs_euralis gaveur ON gaveur.id = reading.gaveur_id
ORDER BY reading.time, reading.id
