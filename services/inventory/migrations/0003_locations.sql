-- Locations are changed by version, and can be switched off. `closing` is set while somebody who wants to switch one off
-- looks whether it is empty; whoever changes stock there clears it.
ALTER TABLE locations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE locations ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE locations ADD COLUMN closing BOOLEAN NOT NULL DEFAULT FALSE;
