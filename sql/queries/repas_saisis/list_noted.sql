-- $1 lot. Each of its meals that has or had a version: who told of it, how many versions it had, and what was written of it last.
SELECT place.jour, place.moment, place.past, meal.origine, meal.auteur, gaveur.nom AS gaveur_nom,
    CASE WHEN meal.origine = 'saisie' THEN note.morts END AS morts,
    note.cause_mortalite, note.raison_ecart, note.remarques, note.problemes_sante
FROM (
    SELECT jour, moment, sum(past)::integer AS past
    FROM (
        SELECT jour, moment, 0 AS past FROM repas WHERE lot_id = $1
        UNION ALL
        SELECT jour, moment, 1 FROM repas_versions WHERE lot_id = $1
    ) AS each
    GROUP BY jour, moment
) AS place
LEFT JOIN repas ON repas.lot_id = $1 AND repas.jour = place.jour AND repas.moment = place.moment
LEFT JOIN gavage_data meal
    ON meal.lot_id = $1 AND meal.jour = place.jour AND meal.moment = place.moment AND meal.time = repas.time
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = meal.gaveur_id
LEFT JOIN LATERAL (
    SELECT * FROM repas_saisis saisi
    WHERE saisi.lot_id = $1 AND saisi.jour = place.jour AND saisi.moment = place.moment
    ORDER BY saisi.id DESC LIMIT 1
) AS note ON true
