//! How text becomes words: the same for what is indexed and for what is looked for.

pub mod html;
pub mod snippet;
pub mod stem;
pub mod synonyms;
pub mod tokens;

pub use souk_text::{Word, fold, words};
pub use stem::stem;
