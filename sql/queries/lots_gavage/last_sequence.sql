-- Highest number in the codes of a month. A code is the site, YYMM and the number.
SELECT coalesce(max(substr(code_lot, 7)::integer), 0)
FROM lots_gavage
WHERE code_lot ~ ('^(LL|LS|MT)' || $1 || '[0-9]{3}$')
