-- $1 product. Whether it is on the market, which stands still until the commit.
SELECT retire_le FROM consumer_products WHERE product_id = $1 FOR SHARE
