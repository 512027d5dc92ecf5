-- Rises with every address that is saved or made the default, which makes such changes of one customer wait for each
-- other.
ALTER TABLE customers ADD COLUMN address_changes BIGINT NOT NULL DEFAULT 0;

-- Addresses that customers keep. The one with the highest precedence is the default.
-- shard: customer_id
CREATE TABLE addresses (
    customer_id TEXT NOT NULL,
    address_id TEXT NOT NULL,
    address TEXT NOT NULL,
    precedence BIGINT NOT NULL,
    PRIMARY KEY (customer_id, address_id)
);
