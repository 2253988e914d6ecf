SELECT id, type, code_lot, gaveur_id, site_code, jour, moment, severite, mesure, seuil, levee_le
FROM alertes
WHERE fermee_le IS NULL AND code_lot = ANY ($1)
