-- $1 entry, of dead processes. Its position.
SELECT journal_append(0, 0, 0, NULL, true, $1) AS position
