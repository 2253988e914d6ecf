-- $1 process, $2 entry. Its position.
SELECT journal_append($1, $2) AS position
