-- Parameters: lot, date, ducks on the line, mean liver and its spread, g.
INSERT INTO abattages (lot_id, date, accroches, poids_foie_moyen_g, ecart_type_foie_g) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (lot_id) DO NOTHING
