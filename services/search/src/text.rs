//! How text becomes words: the same for what is indexed and for what is looked for.

pub mod fold;
pub mod html;
pub mod snippet;
pub mod stem;
pub mod synonyms;
pub mod tokens;
pub mod words;

pub use stem::stem;
pub use words::{Word, words};
