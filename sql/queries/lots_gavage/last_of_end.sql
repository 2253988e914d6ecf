-- $1 what codes of an end at this place begin with. The highest two digits behind it; −1 without any.
SELECT coalesce(max(CASE WHEN code_lot ~ '^.{7}[0-9]{2}$' THEN right(code_lot, 2)::integer END), -1)
FROM lots_gavage
WHERE code_lot BETWEEN $1 || '00' AND $1 || '99'
