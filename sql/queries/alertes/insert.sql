-- An episode that another writer has meanwhile opened is the same one.
INSERT INTO alertes
    (code_lot, gaveur_id, site_code, type, severite, mesure, seuil, jour, moment, levee_le, fermee_le)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::double precision[], $7::double precision[],
    $8::integer[], $9::text[], $10::timestamptz[], $11::timestamptz[])
ON CONFLICT (code_lot, type) WHERE fermee_le IS NULL DO NOTHING
