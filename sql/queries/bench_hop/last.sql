-- The position of the last entry.
SELECT coalesce(max(position), 0) AS position FROM journal
