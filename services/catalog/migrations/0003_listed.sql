-- Sitemaps and feeds go through all active products by id.
CREATE INDEX products_listed ON products (status, product_id);
