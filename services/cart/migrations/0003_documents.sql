-- What is kept of a customer's carts is one document, which lies here or in Redis (platform/documents). Carts that have
-- ended are not kept any more.
-- shard: document_key
CREATE TABLE documents (
    document_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (document_key)
);
CREATE INDEX documents_changed ON documents (changed_at);
INSERT INTO documents (document_key, version, content, changed_at)
SELECT customer_id, 1,
    '{"carts":[' || string_agg(
        '{"id":"' || cart_id || '","state":"' || state || '","version":' || CAST(version AS TEXT)
            || ',"lines":' || lines || '}', ',') || ']}',
    MAX(updated_at)
FROM carts WHERE state IN ('open', 'completing') GROUP BY customer_id;
DROP TABLE carts;
