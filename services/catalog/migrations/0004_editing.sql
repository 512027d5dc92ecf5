-- Says whether a category is empty without looking into every product.
ALTER TABLE products ADD COLUMN category_id TEXT;
UPDATE products SET category_id = json(document) ->> 'category';
CREATE INDEX products_category ON products (category_id, product_id) WHERE category_id IS NOT NULL;

-- Staff page through collections by title.
CREATE INDEX collections_title ON collections (title, collection_id);
