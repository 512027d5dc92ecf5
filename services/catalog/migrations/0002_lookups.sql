-- A SKU leads to its product, which has all that an offer says.
ALTER TABLE skus DROP COLUMN offer;
