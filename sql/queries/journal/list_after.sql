-- $1 position, $2 limit. The entries after it, in their order.
SELECT position, fait_le, corps
FROM journal
WHERE position > $1
ORDER BY position
LIMIT $2
