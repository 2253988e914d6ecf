-- $1 codes. How many lots have them, and how many of these are not closed yet.
SELECT count(*) AS lots, count(*) FILTER (WHERE statut <> 'clos') AS ouverts
FROM lots_gavage
WHERE code_lot = ANY ($1)
