-- $1 a random text. Begins an epoch unless there is one.
INSERT INTO journal_epoque (epoque, depuis) VALUES ($1, now())
ON CONFLICT DO NOTHING
