-- $1 key of the process, $2 number of what it writes, $3 entry. Its position; no row if it was written before, or if the process has no row. In the
-- journal it is nobody's, because the process's own entries are those of its writer, of which it does not have to hear.
WITH placed AS (
    UPDATE ws_processes SET nr = $2
    WHERE process_key = $1 AND nr < $2
    RETURNING process_key
)
SELECT journal_append(0, 0, 0, NULL, true, $3) AS position
FROM placed
