-- Levels of which little is left to sell (`LOW_MAX`): found without looking at all others.
CREATE INDEX levels_low ON levels (sku, location_id) WHERE on_hand - committed - reserved - safety <= 5;
