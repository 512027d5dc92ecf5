-- What staff and programs of the house have done, and who came in. Who it was is kept by name too: they may be gone.
-- shard: actor
CREATE TABLE activity (
    actor TEXT NOT NULL,
    activity_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (actor, activity_id)
);
CREATE INDEX activity_newest ON activity (activity_id);
CREATE INDEX activity_of_kind ON activity (kind, activity_id);
CREATE INDEX activity_age ON activity (at);
