-- One row an order. `body` is JSON: what is frozen and only ever read whole. Everything that staff filter by,
-- and everything that recovery looks for, has a column.
-- shard: customer_id
CREATE TABLE orders (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    cart_id TEXT NOT NULL,
    number TEXT NOT NULL,
    version BIGINT NOT NULL,
    lifecycle TEXT NOT NULL,
    payment TEXT NOT NULL,
    fulfilment TEXT NOT NULL,
    email TEXT NOT NULL,
    recipient TEXT NOT NULL,
    pieces BIGINT NOT NULL,
    currency TEXT NOT NULL,
    total BIGINT NOT NULL,
    authorised BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    body TEXT NOT NULL,
    shipments TEXT NOT NULL,
    cancel_reason TEXT,
    payment_token TEXT,
    created_at BIGINT NOT NULL,
    placed_at BIGINT,
    due_at BIGINT,
    PRIMARY KEY (customer_id, order_id),
    CONSTRAINT cart_id_unique UNIQUE (customer_id, cart_id),
    CONSTRAINT money_valid CHECK (captured >= refunded AND refunded >= 0)
);

CREATE INDEX orders_newest ON orders (created_at, order_id);
CREATE INDEX orders_by_lifecycle ON orders (lifecycle, created_at, order_id);
CREATE INDEX orders_by_payment ON orders (payment, created_at, order_id);
CREATE INDEX orders_by_fulfilment ON orders (fulfilment, created_at, order_id);
CREATE INDEX orders_by_email ON orders (email, created_at, order_id);
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;

-- Finds an order by the number that people use, and keeps the numbers apart.
-- shard: number
CREATE TABLE order_numbers (
    number TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (number)
) {clustered};

-- What happened to each order, an entry a change.
-- shard: customer_id
CREATE TABLE order_history (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (customer_id, order_id, version)
) {clustered};
