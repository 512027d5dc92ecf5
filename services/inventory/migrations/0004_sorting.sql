-- What runs out first, and what there is most of.
CREATE INDEX levels_available ON levels ((on_hand - committed - reserved - safety), sku, location_id);
