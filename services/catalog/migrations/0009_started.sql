-- Staff page through imports and bulk edits by when they were asked for, those of one state too.
CREATE INDEX imports_created ON imports (created_at, import_id);
CREATE INDEX imports_state ON imports (state, created_at, import_id);
CREATE INDEX bulk_edits_state ON bulk_edits (state, created_at, bulk_edit_id);
