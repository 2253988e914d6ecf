-- One process at a time sweeps. True until the end of the transaction for the one that does.
SELECT pg_try_advisory_xact_lock(hashtextextended('gaveurs sweep', 0)) AS is_mine
