INSERT INTO lots_gavage (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel,
    moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, premier_gaveur_id, premier_releve, premiere_place,
    dernier_releve, updated_at)
SELECT (ARRAY['LL', 'LS', 'MT'])[1 + n % 3] || lpad(n::text, 7, '0'), 1 + n % 5, (ARRAY['LL', 'LS', 'MT'])[1 + n % 3], 'Mulard',
    begun, 1000, 990, 13, 'soir', 5500, 1, ended < now(), CASE WHEN ended < now() - INTERVAL '3 days' THEN 'clos' WHEN ended < now() THEN 'pret_abattage' ELSE 'en_gavage' END, 1 + n % 5, begun, 0, ended, least(ended, now())
FROM (
    SELECT n, now() - INTERVAL '$days days' * n / $lots AS begun, now() - INTERVAL '$days days' * n / $lots + INTERVAL '13 days' AS ended
    FROM generate_series(0, $lots - 1) n
) AS lot;

INSERT INTO repas (lot_id, jour, moment, time)
SELECT id, jour, moment, dernier_releve - INTERVAL '1 day' * (13 - jour) - CASE moment WHEN 'matin' THEN INTERVAL '11 hours' ELSE INTERVAL '0' END
FROM lots_gavage, generate_series(0, 13) jour, unnest(ARRAY['matin', 'soir']) moment
WHERE dernier_releve - INTERVAL '1 day' * (13 - jour) < now();

UPDATE lots_gavage lot
SET (jour_actuel, moment_actuel) = (SELECT jour, moment FROM repas WHERE lot_id = lot.id ORDER BY jour DESC, moment DESC LIMIT 1)
WHERE statut = 'en_gavage';

-- In order of arrival.
INSERT INTO gavage_data (time, id, lot_id, code_lot, gaveur_id, site_code, jour, moment, dose_theorique, dose_reelle, poids_moyen,
    nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule)
SELECT time, repas.id, lot_id, code_lot, gaveur_id, site_code, jour, moment, 400, 395 + jour, 4000 + 100 * jour, 990, 1, 21, 60, time::text,
    false, true
FROM repas JOIN lots_gavage lot ON lot.id = repas.lot_id
ORDER BY repas.time;

-- Ten livers of each finished lot, an hour after its last meal, on one of two stations of its site. The newest lots are in the queue.
INSERT INTO sensor_samples (time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, tof_score, spectral_score, volume_mm3,
    masse_foie_g, nb_defauts, defauts, sellable, qr_allowed, simule)
SELECT dernier_releve + INTERVAL '1 hour' + n * INTERVAL '5 s', code_lot || '-' || n, 'ESP32_' || site_code || '_0' || 1 + lot.id % 2, site_code,
    lot.id, code_lot, 0.8, 'A', 0.8, 0.8, 555000, 525.6, 0, '[]', true, true, true
FROM lots_gavage lot, generate_series(1, 10) n
WHERE dernier_releve < now() - INTERVAL '2 hours';

INSERT INTO sqal_devices (device_id, site_code, derniere_activite, dernier_echantillon)
SELECT device_id, min(site_code), max(time), max(time) FROM sensor_samples GROUP BY device_id;

INSERT INTO sqal_pending_lots (lot_id, en_attente_depuis)
SELECT id, dernier_releve FROM lots_gavage WHERE dernier_releve < now() - INTERVAL '2 hours';

INSERT INTO alertes (lot_id, code_lot, gaveur_id, site_code, type, severite, mesure, seuil, jour, moment, levee_le, fermee_le)
SELECT id, code_lot, gaveur_id, site_code, 'ecart_dose', 'warning', 12, 10, 1, 'matin', debut_lot, CASE WHEN dernier_releve < now() THEN debut_lot END
FROM lots_gavage;

-- Every lot has one correction.
INSERT INTO repas_versions (lot_id, jour, moment, gaveur_id, site_code, dose_reelle, horodatage, pret_abattage, simule, origine, dit_le)
SELECT id, 0, 'matin', gaveur_id, site_code, 390, '', false, true, 'flux', premier_releve
FROM lots_gavage;

-- And one meal that somebody wrote down.
INSERT INTO repas_saisis (lot_id, jour, moment, cle, auteur, saisi_le, recu_le, ecart_horloge_s, morts)
SELECT id, 1, 'soir', 'cle', 'Jean', premier_releve, premier_releve, 0, 1
FROM lots_gavage;

-- And a plan.
INSERT INTO courbes (lot_id, version, etat, premier_repas, points_g, source, cree_par, decide_par, requete)
SELECT id, 1, 'validee', 0, array_fill(400::double precision, ARRAY[20]), 'manuelle', 'Anne', 'Anne', id
FROM lots_gavage;

-- And an answer to a proposed dose.
INSERT INTO corrections (lot_id, jour, moment, prevue_g, donnee_g, prevue_suivante_g, proposee_g, acceptee, dose_finale_g, par, role, requete)
SELECT id, 0, 'matin', 400, 450, 400, 375, true, 375, 'Jean', 'gaveur', id
FROM lots_gavage;

-- And a product of each of its livers, of which one was retired.
INSERT INTO consumer_products (product_id, qr_code, origine, lot_id, code_lot, site_code, gaveur_id, sample_id, device_id, sample_time, grade, score,
    produit_le, simule, cree_le, retire_le, retire_motif)
SELECT 'FG_' || sample_id, 'QR_' || sample_id, 'echantillon', lot.id, sample.code_lot, lot.site_code, lot.gaveur_id, sample_id, device_id, time, final_grade,
    final_score, time::date, true, time, CASE WHEN sample_id LIKE '%-3' THEN time END, CASE WHEN sample_id LIKE '%-3' THEN 'essai' END
FROM sensor_samples sample JOIN lots_gavage lot ON lot.id = sample.lot_id;

-- Every closed lot has advised its farmer.
INSERT INTO recommandations (regle, version, lot_source_id, code_lot_source, gaveur_id, site_code, etat, texte, preuve, cree_le, expire_le,
    envoyee_le, simule)
SELECT 'a_reprendre', 1, id, code_lot, gaveur_id, site_code, 'envoyee', 'Reprendre la courbe.', '{}', now(), now() + INTERVAL '30 days', now(), simule
FROM lots_gavage
WHERE statut = 'clos';

INSERT INTO recommandations_etapes (recommandation_id, etat, requete)
SELECT id, 'envoyee', id FROM recommandations;

-- And seven ratings of the products of each finished lot, the day after it ended.
INSERT INTO consumer_feedbacks (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, grade, overall_rating, texture_rating, comment,
    would_recommend, simule, recu)
SELECT cree_le + INTERVAL '1 day' + n * INTERVAL '1 s', nextval('consumer_feedbacks_n'), product_id, lot_id, code_lot, site_code, gaveur_id, grade,
    1 + (lot_id + n) % 5, 1 + n % 5, CASE WHEN n = 1 THEN 'essai' END, n % 2 = 0, true, decode(md5(product_id || n), 'hex')
FROM consumer_products, generate_series(1, 7) n
WHERE product_id LIKE '%-1' AND cree_le < now() - INTERVAL '2 days'
