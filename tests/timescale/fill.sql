INSERT INTO lots_gavage (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel,
    moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, dernier_releve)
SELECT (ARRAY['LL', 'LS', 'MT'])[1 + n % 3] || lpad(n::text, 7, '0'), 1 + n % 5, (ARRAY['LL', 'LS', 'MT'])[1 + n % 3], 'Mulard',
    begun, 1000, 990, 13, 'soir', 5500, 1, ended < now(), CASE WHEN ended < now() THEN 'pret_abattage' ELSE 'en_gavage' END, ended
FROM (
    SELECT n, now() - INTERVAL '729 days' * n / $lots AS begun, now() - INTERVAL '729 days' * n / $lots + INTERVAL '13 days' AS ended
    FROM generate_series(0, $lots - 1) n
) AS lot;

INSERT INTO repas (code_lot, jour, moment, time)
SELECT code_lot, jour, moment, dernier_releve - INTERVAL '1 day' * (13 - jour) - CASE moment WHEN 'matin' THEN INTERVAL '11 hours' ELSE INTERVAL '0' END
FROM lots_gavage, generate_series(0, 13) jour, unnest(ARRAY['matin', 'soir']) moment
WHERE dernier_releve - INTERVAL '1 day' * (13 - jour) < now();

INSERT INTO gavage_data (time, id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
    nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule)
SELECT time, repas.id, code_lot, gaveur_id, site_code, jour, moment, 400, 395 + jour, 4000 + 100 * jour, 990, 1, 21, 60, time::text,
    false, true
FROM repas JOIN lots_gavage USING (code_lot);
