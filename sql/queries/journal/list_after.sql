-- $1 position, $2 limit, $3 limit of their bytes. The entries after it, in their order; at least one, if there is one.
SELECT position, process, fait_le, corps
FROM (
    SELECT position, process, fait_le, corps, sum(octet_length(corps)) OVER (ORDER BY position) - octet_length(corps) AS before
    FROM journal
    WHERE position > $1
    ORDER BY position
    LIMIT $2
) AS entry
WHERE before <= $3::bigint
ORDER BY position
