-- $1 seconds, $2 limit. Deletes the oldest entries, at most so many, of those that a checkpoint of at least that age replaces.
DELETE FROM journal
WHERE position IN (
    SELECT entry.position
    FROM journal entry
    WHERE entry.position <= (SELECT max(position) FROM journal_reperes WHERE fait_le < now() - make_interval(secs => $1))
    ORDER BY entry.position
    LIMIT $2
)
