-- What staff tell each other about an order. It changes nothing about the order: its history stays an entry a change.
-- shard: customer_id
CREATE TABLE order_notes (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    note_key TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (customer_id, order_id, note_key)
) {clustered};

-- Filters of the list that staff come back to.
-- reference
CREATE TABLE saved_filters (
    name TEXT NOT NULL,
    filter TEXT NOT NULL,
    PRIMARY KEY (name)
) {clustered};
