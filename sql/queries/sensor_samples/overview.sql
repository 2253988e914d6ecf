-- Figures since $1; $2 an hour ago.
SELECT count(*) AS echantillons,
    count(*) FILTER (WHERE time >= $2) AS echantillons_derniere_heure,
    avg(final_score) AS score_moyen,
    avg(masse_foie_g) AS masse_moyenne_g,
    count(*) FILTER (WHERE final_grade = 'A+') AS a_plus,
    count(*) FILTER (WHERE final_grade = 'A') AS a,
    count(*) FILTER (WHERE final_grade = 'B') AS b,
    count(*) FILTER (WHERE final_grade = 'C') AS c,
    count(*) FILTER (WHERE final_grade = 'REJECT') AS reject,
    (SELECT count(*) FROM sqal_devices) AS stations,
    (SELECT count(*) FROM sqal_devices WHERE derniere_activite >= $3) AS stations_en_ligne,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'pending') AS lots_en_attente,
    (SELECT count(*) FROM sqal_pending_lots WHERE statut = 'inspecting') AS lots_en_controle
FROM sensor_samples
WHERE time >= $1
