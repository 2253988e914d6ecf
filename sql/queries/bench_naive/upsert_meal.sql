INSERT INTO repas (lot_id, jour, moment, time) VALUES ($1, $2, $3, $4)
ON CONFLICT (lot_id, jour, moment) DO UPDATE SET time = repas.time
RETURNING id, time
