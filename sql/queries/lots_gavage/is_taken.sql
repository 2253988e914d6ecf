-- $1 code. Whether a lot has it, or had it once.
SELECT EXISTS (SELECT FROM lots_gavage WHERE code_lot = $1) AS is_taken
