-- The index is told of a product again when it was bought noticeably more often than it knows.
DROP INDEX popularity_news;
CREATE INDEX popularity_news ON popularity (product_id) WHERE sold - shown > shown / 8;
