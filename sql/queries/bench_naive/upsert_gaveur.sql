INSERT INTO gaveurs_euralis (id, nom, site_code) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING
