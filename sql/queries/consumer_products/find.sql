-- $1 a code as it was typed, $2 as ours are written. Codes of an older system are found as they are.
SELECT product_id, qr_code, code_lot, retire_le, simule
FROM consumer_products
WHERE qr_code IN ($1, $2)
ORDER BY qr_code = $1 DESC
LIMIT 1
