-- Each order of the list of products is read per status, and merged for the list of all: one index an order.
DROP INDEX products_changed;
DROP INDEX products_title;
-- Words of titles are looked for in it too.
CREATE INDEX products_by_title ON products (status, title_key, product_id);
CREATE INDEX products_by_price ON products (status, price_min, product_id);
