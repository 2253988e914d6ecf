-- $1 process, $2 number of the entry, $3 how many readings it holds, $4 position behind which no entry of this number may be, if it may have been
-- written already, $5 whether it is announced, $6 the entry. Its position.
SELECT journal_append($1, $2, $3, $4, $5, $6) AS position
