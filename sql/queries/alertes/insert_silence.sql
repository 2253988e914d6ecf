-- $1 lots, $2 and $3 the last meal of each, $4 now, $5 mark of this transaction. Skips lots that have a newer meal or are finished.
WITH silent AS (
    SELECT lot.id, lot.code_lot, lot.gaveur_id, lot.site_code, lot.jour_actuel, lot.moment_actuel, lot.simule
    FROM unnest($1::bigint[], $2::integer[], $3::text[]) AS heard (id, jour, moment)
    JOIN lots_gavage lot USING (id)
    WHERE lot.statut = 'en_gavage' AND (lot.jour_actuel, lot.moment_actuel) = (heard.jour, heard.moment)
    ORDER BY lot.id
    FOR UPDATE OF lot
), inserted AS (
    INSERT INTO alertes
        (lot_id, code_lot, gaveur_id, site_code, type, source, severite, mesure, seuil, jour, moment, levee_le, simule, ecriture, changement)
    SELECT id, code_lot, gaveur_id, site_code, 'flux_muet', 'feed', 'warning', 2, 2, jour_actuel, moment_actuel, $4, simule, $5::bigint, 'raised'
    FROM silent
    ON CONFLICT DO NOTHING
    RETURNING *
), touched AS (
    -- Changes the row version, so that a writer that has cached the lot without this alert notices.
    UPDATE lots_gavage SET updated_at = lots_gavage.updated_at FROM inserted WHERE lots_gavage.id = inserted.lot_id
)
SELECT inserted.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM inserted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = inserted.gaveur_id
ORDER BY inserted.id
