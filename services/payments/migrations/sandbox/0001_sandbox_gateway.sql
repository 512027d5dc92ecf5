-- The sandbox gateway's own books. They are another company's, so to speak: the shop never looks in here.
-- A reference is derived from the idempotency key, so that the same key finds the same charge.
-- shard: reference
CREATE TABLE charges (
    reference TEXT PRIMARY KEY,
    idempotency_key TEXT NOT NULL,
    -- What the merchant wants to find with the charge: the customer.
    customer TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    capture BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    captured_minor BIGINT NOT NULL DEFAULT 0,
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    card TEXT NOT NULL,
    code TEXT,
    reason TEXT,
    return_path TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT refunded_within_captured CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor),
    CONSTRAINT captured_within_amount CHECK (captured_minor >= 0 AND captured_minor <= amount_minor)
);

-- shard: reference
CREATE TABLE charge_refunds (
    reference TEXT NOT NULL,
    refund_key TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (reference, refund_key),
    CONSTRAINT refund_amount_valid CHECK (amount_minor > 0)
);
