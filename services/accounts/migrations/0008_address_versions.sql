-- Rises with every change of the address, and when it becomes the default or is so no longer.
ALTER TABLE addresses ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
