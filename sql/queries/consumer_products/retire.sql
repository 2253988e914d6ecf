-- $1 product, $2 who, $3 why. Once, and for good.
UPDATE consumer_products SET retire_le = now(), retire_par = $2, retire_motif = $3
WHERE product_id = $1 AND retire_le IS NULL
