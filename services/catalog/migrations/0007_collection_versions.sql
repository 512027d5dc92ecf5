-- `version` of a collection rises with every change by staff from now on; `sweep`, with every time that its rule is
-- begun to be applied to all products.
ALTER TABLE collections ADD COLUMN sweep BIGINT NOT NULL DEFAULT 0;
UPDATE collections SET sweep = version;

-- Rises with every change.
ALTER TABLE categories ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
