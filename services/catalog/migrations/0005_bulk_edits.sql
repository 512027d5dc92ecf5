-- A change of many products: which (`filter`, or `chosen` as a sorted list), and how far it is. `place` is the last
-- product that it has dealt with, `upto` the id behind which products were not there when it was asked for.
-- local
CREATE TABLE bulk_edits (
    bulk_edit_id TEXT NOT NULL,
    filter TEXT,
    chosen TEXT,
    change TEXT NOT NULL,
    upto TEXT NOT NULL,
    state TEXT NOT NULL,
    total BIGINT,
    place TEXT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    restored BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    failure TEXT,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (bulk_edit_id)
);
CREATE INDEX bulk_edits_created ON bulk_edits (created_at, bulk_edit_id);

-- What a bulk edit did to a product: `version` is the one that it left behind, `old_values` what it replaced.
-- shard: product_id
CREATE TABLE bulk_edit_items (
    product_id TEXT NOT NULL,
    bulk_edit_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    title TEXT NOT NULL,
    version BIGINT NOT NULL,
    old_values TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (product_id, bulk_edit_id)
);
CREATE INDEX bulk_edit_items_outcome ON bulk_edit_items (bulk_edit_id, outcome, product_id);
