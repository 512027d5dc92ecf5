-- Carts. The lines are one JSON text: they are always read and written together, so a change costs the
-- same whether there are two or two hundred.
-- shard: customer_id
CREATE TABLE carts (
    customer_id TEXT NOT NULL,
    cart_id TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    lines TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, cart_id)
);
CREATE UNIQUE INDEX open_cart_unique ON carts (customer_id) WHERE state = 'open';
CREATE INDEX carts_completing ON carts (customer_id) WHERE state = 'completing';
CREATE INDEX carts_idle ON carts (updated_at) WHERE state = 'open';
