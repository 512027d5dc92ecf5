-- Staff find products by how words of their titles begin.
-- shard: product_id
CREATE TABLE title_words (
    product_id TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (product_id, word)
) {clustered};
CREATE INDEX title_words_word ON title_words (word, product_id);

-- Products from before have their words noted once, while the shop serves.
INSERT INTO jobs (queue, key, payload, due_at, created_at)
SELECT 'catalog.title_words', 'all', '', 0, 0 WHERE EXISTS (SELECT 1 FROM products);
