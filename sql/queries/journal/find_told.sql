-- $1 process, $2 number of the entry, $3 a position before it. How many readings it holds, if it is in the journal.
SELECT position, releves
FROM journal
WHERE position > $3 AND process = $1 AND nr = $2
