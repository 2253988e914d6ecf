-- $1 codes. Open alerts of the lots, and those that the front meal of their lot closed: the state that further meals change.
SELECT alerte.id, alerte.type, alerte.severite, alerte.mesure, alerte.seuil, alerte.lot_id, alerte.code_lot, alerte.gaveur_id, alerte.site_code,
    alerte.device_id, alerte.sample_id, alerte.jour, alerte.moment, alerte.levee_le, alerte.fermee_le, alerte.ferme_jour,
    alerte.ferme_moment, alerte.simule
FROM alertes alerte
JOIN lots_gavage lot ON lot.id = alerte.lot_id
WHERE lot.code_lot = ANY ($1) AND alerte.source <> 'sqal'
    AND (alerte.fermee_le IS NULL
        OR (alerte.ferme_jour, alerte.ferme_moment) = (lot.jour_actuel, lot.moment_actuel))
ORDER BY alerte.id
