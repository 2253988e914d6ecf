-- $1 product, $2 address by the secret in use, $3 by the one before, or null. Returns nothing if the address has rated the product within 30 days:
-- of any number that try at once one does. Votes that have expired are forgotten meanwhile.
WITH forgotten AS (
    DELETE FROM consumer_votes WHERE expire_le < now() AND product_id <> $1
)
INSERT INTO consumer_votes (product_id, adresse, expire_le)
SELECT $1, $2, now() + INTERVAL '30 days'
WHERE NOT EXISTS (SELECT FROM consumer_votes WHERE product_id = $1 AND adresse = $3 AND expire_le >= now())
ON CONFLICT (product_id, adresse) DO UPDATE SET expire_le = EXCLUDED.expire_le WHERE consumer_votes.expire_le < now()
RETURNING expire_le
