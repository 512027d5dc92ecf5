-- When a customer showed that the email is theirs.
ALTER TABLE customers ADD COLUMN email_verified_at BIGINT;

CREATE INDEX sessions_of_customer ON sessions (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX sessions_of_staff ON sessions (staff_id) WHERE staff_id IS NOT NULL;

-- Links that were sent by email, by the SHA-256 digest of their token. Each works once; of each purpose, somebody has
-- one at most.
-- shard: token_digest
CREATE TABLE email_links (
    token_digest BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    -- A customer or an invitation.
    of_whom TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX email_links_of ON email_links (of_whom, purpose);
CREATE INDEX email_links_expiry ON email_links (expires_at);

-- Who is invited to become a member of staff.
-- reference
CREATE TABLE invitations (
    invitation_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT invited_email_unique UNIQUE (email)
);
