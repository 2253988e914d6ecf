-- $1 product. The lot that it is of.
SELECT lot_id FROM consumer_products WHERE product_id = $1
