//! Files of products: Shopify's CSV and JSON Lines, read as a stream and written in pieces.

mod columns;
mod export;
mod feed;
mod formula;
mod group;
mod job;
mod json_lines;
mod progress;
mod rows;
mod run;
mod shopify_read;
mod shopify_write;

pub(crate) use self::{
    export::export,
    job::{import, imports, run_import, start_import},
};
pub use self::{progress::Progress, run::Importer};
