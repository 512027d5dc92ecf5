-- What every service's database has beside the service's own tables.

-- Events that were committed and wait to be delivered; columns as Debezium's outbox event router wants them.
-- local
CREATE TABLE outbox (
    seq {sequence},
    id TEXT NOT NULL,
    aggregatetype TEXT NOT NULL,
    aggregateid TEXT NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    trace TEXT NOT NULL,
    at BIGINT NOT NULL,
    sent_at BIGINT,
    CONSTRAINT event_id_unique UNIQUE (id)
);
CREATE INDEX outbox_unsent ON outbox (seq) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

-- Events that a consumer has acted on: a redelivery finds itself here and does nothing.
-- local
CREATE TABLE inbox (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
) {clustered};
CREATE INDEX inbox_at ON inbox (at);

-- Deliveries that failed: waiting for their next attempt, or parked as dead letters.
-- local
CREATE TABLE event_failures (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    event_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    trace TEXT NOT NULL,
    at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    parked BOOLEAN NOT NULL DEFAULT FALSE,
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX event_failures_key ON event_failures (consumer, event_key);
CREATE INDEX event_failures_due ON event_failures (parked, due_at);

-- Background work: due rows, taken under a lease.
-- local
CREATE TABLE jobs (
    queue TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    parked BOOLEAN NOT NULL DEFAULT FALSE,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (queue, key)
);
CREATE INDEX jobs_due ON jobs (queue, parked, due_at);
