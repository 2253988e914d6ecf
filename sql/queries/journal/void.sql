-- Deletes all entries: they belong to an epoch that has ended.
DELETE FROM journal
