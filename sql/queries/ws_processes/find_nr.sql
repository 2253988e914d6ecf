-- $1 key. The number of what the process has written last.
SELECT nr FROM ws_processes WHERE process_key = $1
