-- $1 lot. Locks it until the commit, so that its front stands still.
SELECT jour_actuel, moment_actuel, statut FROM lots_gavage WHERE id = $1 FOR UPDATE
