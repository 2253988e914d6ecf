-- An episode that another writer has meanwhile opened is the same one.
WITH inserted AS (
    INSERT INTO alertes
        (code_lot, gaveur_id, site_code, type, source, severite, mesure, seuil, jour, moment, device_id, sample_id, levee_le, fermee_le,
         ferme_jour, ferme_moment, simule)
    SELECT * FROM unnest(
        $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::double precision[], $8::double precision[],
        $9::integer[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::integer[], $16::text[],
        $17::boolean[])
    ON CONFLICT DO NOTHING
    RETURNING *
)
SELECT inserted.*, gaveur.nom AS gaveur_nom
FROM inserted
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = inserted.gaveur_id
ORDER BY inserted.id
