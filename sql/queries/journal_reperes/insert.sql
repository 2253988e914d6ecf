-- $1 position, $2 when the streams had reached it, $3 what they had reached, $4 where tabs and users were, in a cluster.
INSERT INTO journal_reperes (position, fait_le, atteint, presence) VALUES ($1, $2, $3, $4)
ON CONFLICT (position) DO NOTHING
