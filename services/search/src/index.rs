//! The index: what is on disk, what is in memory of it, and the one thread that changes it.

pub mod brands;
pub mod columns;
pub mod document;
pub mod engine;
pub mod folder;
pub mod recent;
pub mod schema;
pub mod snapshot;
pub mod values;
pub mod writer;

pub use engine::Engine;
pub use snapshot::{DocAt, Snapshot};
pub use writer::Change;

use souk_types::Fault;
use tantivy::TantivyError;

/// What to answer when the index fails.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub fn fault(error: TantivyError) -> Fault {
    Fault::internal(format!("search index: {error}"))
}

/// What to answer when a file of the index cannot be read or written.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub fn io_fault(error: std::io::Error) -> Fault {
    Fault::internal(format!("search index: {error}"))
}
