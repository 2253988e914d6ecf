-- $1 lot.
SELECT id, jour_actuel, moment_actuel FROM lots_gavage WHERE code_lot = $1 FOR UPDATE
