//! How text becomes words, wherever words are looked for: what a shopper finds by one, staff find by it, too.

mod fold;
mod words;

pub use fold::{fold, fold_into};
pub use words::{Word, each_word, words};
