-- shard: customer_id
CREATE TABLE customers (
    customer_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Finds a customer by email, and keeps emails unique, where customers lie on many shards.
-- shard: email
CREATE TABLE customer_emails (
    email TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL
);

-- reference
CREATE TABLE staff (
    staff_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT email_unique UNIQUE (email)
);

-- Sessions by the SHA-256 digest of their token: whoever reads this table cannot take one over.
-- shard: token_digest
CREATE TABLE sessions (
    token_digest BYTEA PRIMARY KEY,
    customer_id TEXT,
    staff_id TEXT,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT person_valid CHECK ((customer_id IS NULL) <> (staff_id IS NULL))
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- The digest of the newest one-time token for the owner: one row at most.
-- reference
CREATE TABLE owner_tokens (
    slot BIGINT PRIMARY KEY,
    token_digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT slot_valid CHECK (slot = 1)
);

-- Tries to sign in since the last that went well, whether or not there is such an account.
-- shard: email
CREATE TABLE sign_in_tries (
    email TEXT NOT NULL,
    door TEXT NOT NULL,
    tries BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    PRIMARY KEY (email, door)
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (last_at);
