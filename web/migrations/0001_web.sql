-- Answers to requests of the public API that must not be carried out twice, by the digest of caller, operation and
-- `Idempotency-Key`. Without a status, the request is under way.
-- shard: request_digest
CREATE TABLE idempotent_requests (
    request_digest BYTEA PRIMARY KEY,
    content_digest BYTEA NOT NULL,
    begun_at BIGINT NOT NULL,
    status BIGINT,
    content_type TEXT NOT NULL,
    answer BYTEA
);
CREATE INDEX idempotent_requests_age ON idempotent_requests (begun_at);
