-- What products are sorted by, found by their ids: those that have a word are sorted without reading their rows.
CREATE INDEX products_sort_keys ON products (product_id, status, title_key, price_min, updated_at);
-- The beginning of a SKU leads to its products in the index alone.
DROP INDEX skus_key;
CREATE INDEX skus_key ON skus (sku_key, product_id);
