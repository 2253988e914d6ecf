-- $1 seconds. Deletes the checkpoints of at least that age, except the latest of them, from which the streams may have to go on.
DELETE FROM journal_reperes
WHERE position < (SELECT max(position) FROM journal_reperes WHERE fait_le < now() - make_interval(secs => $1))
    AND position < coalesce((SELECT min(position) FROM journal), 0)
