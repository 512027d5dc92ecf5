-- A parcel of an order.
-- shard: customer_id
CREATE TABLE shipments (
    customer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    -- JSON: what is in it, and where it goes.
    lines TEXT NOT NULL,
    address TEXT NOT NULL,
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    -- The furthest that it has come: an exception does not take it back.
    furthest TEXT NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT,
    expected_at BIGINT,
    requested_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (customer_id, shipment_id)
);
CREATE INDEX shipments_of_order ON shipments (customer_id, order_id);

-- shard: customer_id
CREATE TABLE tracking_events (
    customer_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (customer_id, shipment_id, at, status)
);
