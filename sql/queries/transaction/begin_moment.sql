-- Whatever is read until the end of the transaction is as it was at its beginning.
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY
