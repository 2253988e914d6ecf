-- Registers an unknown gaveur at his first reading; a known one keeps his name.
INSERT INTO gaveurs_euralis (id, nom, site_code)
SELECT * FROM unnest($1::integer[], $2::text[], $3::text[])
ON CONFLICT (id) DO NOTHING
