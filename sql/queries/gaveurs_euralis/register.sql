-- A gaveur whom nobody announced is registered from his first reading; a known one keeps his name.
INSERT INTO gaveurs_euralis (id, nom, site_code)
SELECT * FROM unnest($1::integer[], $2::text[], $3::text[])
ON CONFLICT (id) DO NOTHING
