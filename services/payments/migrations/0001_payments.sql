-- One row per attempt to pay for an order. It is written before the gateway is asked and again when it has answered.
-- shard: customer_id
CREATE TABLE intents (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    payment_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    -- What is wanted in the end: hold, capture, undo.
    goal TEXT NOT NULL,
    -- It may become, or is, the order's payment.
    live BOOLEAN NOT NULL,
    captured_minor BIGINT NOT NULL DEFAULT 0,
    -- Asked of the gateway to be given back, and not answered yet.
    refunding_minor BIGINT NOT NULL DEFAULT 0,
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    -- Captured when nobody wanted it any more: it is owed to the customer and is no sale.
    late BOOLEAN NOT NULL DEFAULT FALSE,
    gateway TEXT NOT NULL,
    gateway_reference TEXT,
    gateway_revision BIGINT NOT NULL DEFAULT 0,
    token TEXT NOT NULL,
    return_path TEXT NOT NULL,
    action_url TEXT,
    failure_code TEXT,
    failure_reason TEXT,
    instrument TEXT NOT NULL DEFAULT '',
    -- When the gateway is to be asked again, if somebody who waits has not done so before.
    ask_at BIGINT,
    asks BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, order_id, attempt),
    CONSTRAINT amount_valid CHECK (amount_minor > 0),
    CONSTRAINT captured_valid CHECK (captured_minor >= 0 AND captured_minor <= amount_minor),
    CONSTRAINT refunds_within_captured CHECK (
        refunding_minor >= 0 AND refunded_minor >= 0 AND refunding_minor + refunded_minor <= captured_minor
    )
);
-- Two attempts to pay for the same order are never both under way: the second would charge twice.
CREATE UNIQUE INDEX live_attempt_unique ON intents (customer_id, order_id) WHERE live;
CREATE INDEX intents_to_ask ON intents (ask_at) WHERE ask_at IS NOT NULL;

-- shard: customer_id
CREATE TABLE refunds (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, order_id, refund_id),
    CONSTRAINT refund_amount_valid CHECK (amount_minor > 0)
);

-- Orders that will not be: money that arrives for them goes back by itself.
-- shard: customer_id
CREATE TABLE ended_orders (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, order_id)
) {clustered};

-- The double-entry ledger: the lines of a journal add up to zero, debits are positive. A journal's name says what
-- it books (`1:capture`, `1:refund:rfd_…`), so that nothing can be booked twice.
-- shard: customer_id
CREATE TABLE ledger (
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    journal TEXT NOT NULL,
    account TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, order_id, journal, account)
) {clustered};
