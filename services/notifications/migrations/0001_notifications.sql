-- A message by email, as it was written. Its id is that of what it tells of, so that nothing is told twice.
-- shard: message_id
CREATE TABLE messages (
    message_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Of the order that it is about; empty when it is about none.
    order_number TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Empty once a link in them has been sent or has run out.
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    -- How long a link in it lets whoever has it in; NULL: there is none.
    link_until BIGINT,
    state TEXT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX messages_to ON messages (email, message_id);
CREATE INDEX messages_about ON messages (order_number, message_id) WHERE order_number <> '';
CREATE INDEX messages_by_state ON messages (state, message_id);
CREATE INDEX messages_age ON messages (created_at);
CREATE INDEX messages_with_link ON messages (link_until) WHERE link_until IS NOT NULL AND html <> '';
