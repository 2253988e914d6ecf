-- The checkpoint from which all later entries are there: none if no entry was ever deleted, and the latest if no entry is left.
SELECT position, fait_le, atteint, presence
FROM journal_reperes
WHERE position >= coalesce((SELECT min(position) FROM journal) - 1, (SELECT max(position) FROM journal_reperes))
    AND (SELECT min(position) FROM journal) IS DISTINCT FROM 1
ORDER BY position
LIMIT 1
