-- A product: columns for lists and checks, and one document for its page. The document comes last, so that a list
-- need not read past it.
-- shard: product_id
CREATE TABLE products (
    product_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    brand TEXT NOT NULL,
    status TEXT NOT NULL,
    variants BIGINT NOT NULL,
    price_min BIGINT NOT NULL,
    price_max BIGINT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fingerprint BYTEA NOT NULL,
    image TEXT,
    extra TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (product_id)
);
CREATE INDEX products_changed ON products (updated_at, product_id);
CREATE INDEX products_status ON products (status, updated_at, product_id);
CREATE INDEX products_title ON products (title_key);

-- Every slug that a product has or had: an old one redirects.
-- shard: slug
CREATE TABLE slugs (
    slug TEXT NOT NULL,
    product_id TEXT NOT NULL,
    is_current BOOLEAN NOT NULL,
    PRIMARY KEY (slug)
);

-- What can be bought under a SKU, ready for the cart.
-- shard: sku
CREATE TABLE skus (
    sku TEXT NOT NULL,
    sku_key TEXT NOT NULL,
    product_id TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    offer TEXT NOT NULL,
    PRIMARY KEY (sku)
);
CREATE INDEX skus_key ON skus (sku_key);

-- Where a picture's hash leads: a stored file, a drawing's description, or an address that is to be fetched.
-- shard: hash
CREATE TABLE image_files (
    hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    content TEXT,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    failure TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (hash)
);

-- reference
CREATE TABLE categories (
    category_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (category_id),
    CONSTRAINT name_unique UNIQUE (parent_id, name),
    CONSTRAINT category_slug_unique UNIQUE (slug)
);

-- `version` rises with every change of the members; `swept_to` is how far a rule has been applied to all products,
-- NULL when it has been to the end.
-- reference
CREATE TABLE collections (
    collection_id TEXT NOT NULL,
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    members TEXT NOT NULL,
    is_rule BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    swept_to TEXT,
    PRIMARY KEY (collection_id),
    CONSTRAINT collection_slug_unique UNIQUE (slug)
);

-- shard: product_id
CREATE TABLE collection_members (
    product_id TEXT NOT NULL,
    collection_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (product_id, collection_id)
);
CREATE INDEX collection_members_order ON collection_members (collection_id, position, product_id);

-- local
CREATE TABLE imports (
    import_id TEXT NOT NULL,
    file TEXT NOT NULL,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    state TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL,
    line BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    bad_rows TEXT NOT NULL,
    unknown_columns TEXT NOT NULL,
    failure TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (import_id)
);

-- Columns that imports brought along and that exports write back, in the order in which they came.
-- reference
CREATE TABLE kept_columns (
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (name)
);
