-- $1 position, $2 when the streams had reached it, $3 what they had reached.
INSERT INTO journal_reperes (position, fait_le, atteint) VALUES ($1, $2, $3)
ON CONFLICT (position) DO NOTHING
