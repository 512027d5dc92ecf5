-- How often a product was bought, and how often the index thinks it was.
-- shard: product_id
CREATE TABLE popularity (
    product_id TEXT PRIMARY KEY,
    sold BIGINT NOT NULL,
    shown BIGINT NOT NULL
) {clustered};

CREATE INDEX popularity_news ON popularity (product_id) WHERE sold <> shown;

-- SKUs that became available or sold out, until the index knows.
-- shard: sku
CREATE TABLE stock_news (
    sku TEXT PRIMARY KEY,
    in_stock BOOLEAN NOT NULL
) {clustered};
