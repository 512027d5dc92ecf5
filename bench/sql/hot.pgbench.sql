-- What a shop without a combiner does: each buyer locks the row for as long as its own commit takes. It keeps no
-- reservation and no movement, which `inventory.reserve` does.
BEGIN;
UPDATE levels SET reserved = reserved + 1
WHERE sku = 'HOT' AND location_id = 'loc_00000000000000000000000001' AND on_hand - committed - reserved - safety >= 1;
COMMIT;
