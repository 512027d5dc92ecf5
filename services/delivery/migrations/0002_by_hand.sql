-- A parcel whose carrier staff chose: the carrier's page about it, and that staff say where it is.
ALTER TABLE shipments ADD COLUMN tracking_url TEXT;
ALTER TABLE shipments ADD COLUMN by_hand BOOLEAN NOT NULL DEFAULT FALSE;
