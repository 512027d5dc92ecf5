-- Wish lists, a row for each wish.
-- shard: customer_id
CREATE TABLE wishes (
    customer_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    wished_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, product_id)
);
