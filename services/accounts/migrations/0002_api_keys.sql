-- Keys of programs, by the SHA-256 digest of their secret: whoever reads this table cannot use one.
-- reference
CREATE TABLE api_keys (
    key_id TEXT PRIMARY KEY,
    token_digest BYTEA NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    CONSTRAINT token_unique UNIQUE (token_digest)
);
