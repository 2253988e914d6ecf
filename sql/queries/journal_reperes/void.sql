-- Deletes all checkpoints: they belong to an epoch that has ended.
DELETE FROM journal_reperes
