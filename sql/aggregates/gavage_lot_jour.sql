-- The meals of a lot, jour by jour. A bucket is a day of UTC and only files the rows: a jour of a lot that spans two of them has two
-- rows, which readers put together.
lot_id, code_lot, gaveur_id, site_code, jour,
min(id) AS id,
count(*) AS releves,
max(time) FILTER (WHERE moment = 'matin') AS time_matin,
max(time) FILTER (WHERE moment = 'soir') AS time_soir,
max(dose_reelle) FILTER (WHERE moment = 'matin') AS dose_matin,
max(dose_reelle) FILTER (WHERE moment = 'soir') AS dose_soir,
max(dose_theorique) FILTER (WHERE moment = 'matin') AS dose_theorique_matin,
max(dose_theorique) FILTER (WHERE moment = 'soir') AS dose_theorique_soir,
max(poids_moyen) FILTER (WHERE moment = 'matin') AS poids_matin,
max(poids_moyen) FILTER (WHERE moment = 'soir') AS poids_soir,
max(temperature_stabule) FILTER (WHERE moment = 'matin') AS temperature_matin,
max(temperature_stabule) FILTER (WHERE moment = 'soir') AS temperature_soir,
max(humidite_stabule) FILTER (WHERE moment = 'matin') AS humidite_matin,
max(humidite_stabule) FILTER (WHERE moment = 'soir') AS humidite_soir
