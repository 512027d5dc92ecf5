-- Places where stock lies. Orders take from the lowest priority number first.
-- reference
CREATE TABLE locations (
    location_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    priority BIGINT NOT NULL
);
-- Every shop has one from the start: `DEFAULT_LOCATION`.
INSERT INTO locations (location_id, name, priority) VALUES ('loc_00000000000000000000000001', 'Main warehouse', 0);

-- The stock of one SKU at one location. Every change goes through a movement; the constraints stand
-- behind the conditional updates, so that no defect can oversell.
-- shard: sku
CREATE TABLE levels (
    sku TEXT NOT NULL,
    location_id TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    safety BIGINT NOT NULL,
    PRIMARY KEY (sku, location_id),
    CONSTRAINT on_hand_valid CHECK (on_hand >= 0),
    CONSTRAINT committed_valid CHECK (committed >= 0),
    CONSTRAINT reserved_valid CHECK (reserved >= 0),
    CONSTRAINT safety_valid CHECK (safety >= 0),
    CONSTRAINT available_valid CHECK (on_hand - committed - reserved - safety >= 0)
) {clustered};

-- What orders hold. A row stays when it is released, and tells a late reserve that it came too late.
-- It holds `quantity` while reserved, `quantity - shipped` while committed, and nothing after.
-- shard: sku
CREATE TABLE reservations (
    sku TEXT NOT NULL,
    order_id TEXT NOT NULL,
    location_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    shipped BIGINT NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (sku, order_id, location_id),
    CONSTRAINT shipped_valid CHECK (shipped >= 0 AND shipped <= quantity)
) {clustered};
CREATE INDEX reservations_expiry ON reservations (expires_at) WHERE state = 'reserved';

-- The ledger: a level's counters are the sums of its movements.
-- shard: sku
CREATE TABLE movements (
    sku TEXT NOT NULL,
    movement_id TEXT NOT NULL,
    location_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    order_id TEXT,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sku, movement_id)
) {clustered};
