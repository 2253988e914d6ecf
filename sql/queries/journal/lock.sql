-- Until the end of the transaction nobody appends.
SELECT pg_advisory_xact_lock(hashtextextended('gaveurs journal', 0))
