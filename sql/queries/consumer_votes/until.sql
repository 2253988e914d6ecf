-- $1 product, $2 and $3 digests of an address, the second one may be null. Until when it may not rate the product again.
SELECT max(expire_le) AS expire_le FROM consumer_votes WHERE product_id = $1 AND adresse IN ($2, $3) AND expire_le >= now()
