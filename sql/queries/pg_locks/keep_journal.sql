-- Whether this session keeps the journal from now on: one at a time does, for as long as it lives.
SELECT pg_try_advisory_lock(hashtextextended('gaveurs journal keeper', 0)) AS keeps
