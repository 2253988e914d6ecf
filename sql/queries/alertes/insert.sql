-- $19 mark of this transaction. An episode that another writer has opened meanwhile is the same one, so it is not inserted again.
WITH inserted AS (
    INSERT INTO alertes
        (lot_id, code_lot, gaveur_id, site_code, type, source, severite, mesure, seuil, jour, moment, device_id, sample_id, levee_le, fermee_le,
         ferme_jour, ferme_moment, simule, ecriture, changement)
    SELECT *, $19::bigint, 'raised' FROM unnest(
        $1::bigint[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::double precision[],
        $9::double precision[], $10::integer[], $11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[],
        $16::integer[], $17::text[], $18::boolean[])
    ON CONFLICT DO NOTHING
    RETURNING *
)
SELECT inserted.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM inserted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = inserted.gaveur_id
ORDER BY inserted.id
