-- $1 state or null for all, $2 code or null for all, $3 how many, $4 newest first. The maize of a lot is known when every meal from
-- its first day on is there.
SELECT pending.code_lot, lot.id AS lot_id, lot.site_code, lot.gaveur_id, gaveur.nom AS gaveur_nom, pending.statut,
    pending.en_attente_depuis, pending.prise_par, pending.prise_le, pending.terminee_le, lot.simule,
    figures.echantillons, figures.a_plus, figures.a, figures.b, figures.c, figures.reject, figures.masse_moyenne_g,
    maize.g_per_duck
FROM sqal_pending_lots pending
JOIN lots_gavage lot USING (code_lot)
JOIN gaveurs_euralis gaveur ON gaveur.id = lot.gaveur_id
CROSS JOIN LATERAL (
    SELECT count(*) AS echantillons,
        count(*) FILTER (WHERE final_grade = 'A+') AS a_plus,
        count(*) FILTER (WHERE final_grade = 'A') AS a,
        count(*) FILTER (WHERE final_grade = 'B') AS b,
        count(*) FILTER (WHERE final_grade = 'C') AS c,
        count(*) FILTER (WHERE final_grade = 'REJECT') AS reject,
        avg(masse_foie_g) AS masse_moyenne_g
    FROM sensor_samples sample
    WHERE sample.code_lot = pending.code_lot
) figures
CROSS JOIN LATERAL (
    SELECT CASE WHEN min(place) <= 1 AND max(place) - min(place) + 1 = count(*) THEN sum(dose_reelle) END AS g_per_duck
    FROM (
        SELECT 2 * jour + (moment = 'soir')::integer AS place, dose_reelle
        FROM gavage_data
        WHERE gavage_data.code_lot = pending.code_lot
    ) meal
) maize
WHERE ($1::text IS NULL OR pending.statut = $1) AND ($2::text IS NULL OR pending.code_lot = $2)
ORDER BY CASE WHEN NOT $4::boolean THEN pending.en_attente_depuis END,
    CASE WHEN $4::boolean THEN pending.en_attente_depuis END DESC,
    pending.code_lot
LIMIT $3
