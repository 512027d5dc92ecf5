use serde::{Deserialize, Serialize};
use souk_types::{Timestamp, text_enum};

use crate::ImportId;

text_enum! {
    /// A file format for products.
    pub enum FileFormat {
        /// Shopify's product CSV.
        ShopifyCsv = "shopify_csv",
        /// One [`ProductDraft`](super::ProductDraft) in JSON a line.
        JsonLines = "json_lines",
    }
}

text_enum! {
    /// Where an import stands.
    pub enum ImportState {
        /// Waits for a worker.
        Queued = "queued",
        /// Being read.
        Running = "running",
        /// Read to the end; bad rows were left out.
        Finished = "finished",
        /// Could not be read on; what was imported before stays.
        Failed = "failed",
    }
}

text_enum! {
    /// The orders of a list of imports.
    pub enum ImportSort {
        /// What was asked for last comes first.
        Newest = "-started",
        /// What was asked for last comes last.
        Oldest = "started",
    }
}

/// Which imports staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFilter {
    /// Only those that stand here.
    pub state: Option<ImportState>,
    /// In this order; by itself the newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<ImportSort>,
}

/// An import to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewImport {
    /// The file's name in the import folder, without any path.
    pub file: String,
    /// The name that the person gave it.
    pub name: String,
    /// How to read it.
    pub format: FileFormat,
}

/// How far an import is, and what was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The name that the person gave the file.
    pub name: String,
    /// How it is read.
    pub format: FileFormat,
    /// Where it stands.
    pub state: ImportState,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// How much of it has been read, bytes.
    pub bytes_read: u64,
    /// Products added.
    pub created: u64,
    /// Products changed.
    pub updated: u64,
    /// Products that were the same already.
    pub unchanged: u64,
    /// Rows left out.
    pub refused: u64,
    /// The first bad rows; at most [`souk_types::limits::IMPORT_ERRORS_KEPT_MAX`], and none in a list.
    pub bad_rows: Vec<BadRow>,
    /// Columns that were not understood, and kept aside; none in a list.
    pub unknown_columns: Vec<String>,
    /// Why it failed.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// A piece of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportChunk {
    /// Text to append to the file.
    pub text: String,
    /// Where the next piece starts; `None` at the end.
    pub next: Option<souk_types::Cursor>,
}
