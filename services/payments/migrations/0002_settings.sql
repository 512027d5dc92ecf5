-- What staff set in the console. While `body` is null, the configuration file holds; the version rises all the same.
-- reference
CREATE TABLE settings (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (name)
) {clustered};
