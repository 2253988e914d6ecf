-- $1 id of a lot that was closed. Keeps what labels tell of it, and what the sensors saw of its livers: the hours of its samples
-- say in which chunks they are.
INSERT INTO lots_histoires (lot_id, premier_releve, dernier_releve, nb_canards_initial, repas, jours, temperature_c, foies, foies_a_b,
    masse_moyenne_g, g_par_canard, abattu_le, controle, terminee_le, fraicheur, oxydation)
SELECT lot_id, premier_releve, dernier_releve, nb_canards_initial, repas, jours, temperature_c, foies, foies_a_b,
    masse_moyenne_g, g_par_canard, abattu_le, controle, terminee_le, seen.fraicheur, seen.oxydation
FROM lot_histoire
CROSS JOIN (
    SELECT avg(freshness_index) AS fraicheur, avg(oxidation_index) AS oxydation
    FROM sensor_samples
    WHERE lot_id = $1 AND time >= (SELECT min(bucket) FROM sqal_station_heure WHERE lot_id = $1)
        AND time < (SELECT max(bucket) + INTERVAL '1 hour' FROM sqal_station_heure WHERE lot_id = $1)
) AS seen
WHERE lot_id = $1
ON CONFLICT (lot_id) DO NOTHING
