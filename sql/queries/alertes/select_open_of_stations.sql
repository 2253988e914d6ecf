-- $1 quality stations. Open alerts, which further samples change.
SELECT id, type, severite, mesure, seuil, lot_id, code_lot, gaveur_id, site_code, device_id, sample_id, jour, moment, levee_le, fermee_le,
    ferme_jour, ferme_moment, simule
FROM alertes
WHERE device_id = ANY ($1) AND source = 'sqal' AND fermee_le IS NULL
ORDER BY id
FOR UPDATE
