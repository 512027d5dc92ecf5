-- A SKU leads to its product, which has all that an offer says.
ALTER TABLE skus DROP COLUMN offer;

-- Staff look for words of titles: the index alone answers.
DROP INDEX products_title;
CREATE INDEX products_title ON products (title_key, product_id);
