-- The epoch, which a fail-over changes too: a server that was behind gives positions again that the other had given.
SELECT epoque || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS epoque, depuis
FROM journal_epoque
