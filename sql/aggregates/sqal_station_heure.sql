-- The samples of a station, hour by hour. By lot too: a station inspects one at a time, so that adds few rows and lets a lot be
-- summed up.
device_id, site_code, lot_id, code_lot,
count(*) AS echantillons,
count(final_score) AS scores,
sum(final_score) AS score_somme,
count(masse_foie_g) AS masses,
sum(masse_foie_g) AS masse_g,
sum(masse_foie_g * masse_foie_g) AS masse_carres,
count(*) FILTER (WHERE final_grade = 'A+') AS a_plus,
count(*) FILTER (WHERE final_grade = 'A') AS a,
count(*) FILTER (WHERE final_grade = 'B') AS b,
count(*) FILTER (WHERE final_grade = 'C') AS c,
count(*) FILTER (WHERE final_grade = 'REJECT') AS reject,
count(*) FILTER (WHERE sellable) AS vendables,
bool_or(simule) AS simule
