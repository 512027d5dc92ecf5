-- One row that everybody wants, with the counters and the check of a level (services/inventory/migrations/0001_stock.sql).
-- Prints how many there are.
CREATE TABLE levels (
    sku TEXT NOT NULL,
    location_id TEXT NOT NULL,
    on_hand BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    safety BIGINT NOT NULL,
    PRIMARY KEY (sku, location_id),
    CONSTRAINT available_valid CHECK (on_hand - committed - reserved - safety >= 0)
);
INSERT INTO levels VALUES ('HOT', 'loc_00000000000000000000000001', 100000000, 0, 0, 0);
SELECT COUNT(*) FROM levels;
