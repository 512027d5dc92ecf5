-- For which pieces the money was given back, so that none is paid back twice. The delivery is a row without a SKU.
-- shard: customer_id
CREATE TABLE refunded_lines (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (customer_id, order_id, refund_id, sku)
) {clustered};
