-- When the transaction began.
SELECT now()::text AS since
