INSERT INTO repas (code_lot, jour, moment, time) VALUES ($1, $2, $3, $4)
ON CONFLICT (code_lot, jour, moment) DO UPDATE SET time = repas.time
RETURNING id, time
