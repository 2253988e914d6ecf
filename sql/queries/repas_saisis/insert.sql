-- $1 lot, $2 key, $3 author, $4 device, $5 when it was written, $6 when it arrived, $7 error of the clock, $8 reason; then one element a meal.
INSERT INTO repas_saisis
    (lot_id, cle, auteur, appareil, saisi_le, recu_le, ecart_horloge_s, motif, jour, moment, morts, cause_mortalite, nb_peses,
     poids_ecart_type_g, raison_ecart, remarques, problemes_sante)
SELECT $1::bigint, $2::text, $3::text, $4::text, $5::timestamptz, $6::timestamptz, $7::double precision, $8::text, t.*
FROM unnest(
    $9::integer[], $10::text[], $11::integer[], $12::text[], $13::integer[], $14::double precision[], $15::text[], $16::text[],
    $17::text[])
    AS t (jour, moment, morts, cause_mortalite, nb_peses, poids_ecart_type_g, raison_ecart, remarques, problemes_sante)
