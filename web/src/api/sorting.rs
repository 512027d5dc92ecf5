//! The orders in which lists can be read.

use crate::error::Failure;

/// The order that is asked for; `None` when it is the list's own, which is the first of those that there are.
///
/// # Errors
/// Invalid on `sort`: what the list is narrowed to cannot be read in this order.
pub fn order<S: Copy + PartialEq + Into<&'static str>>(asked: Option<S>, possible: &[S]) -> Result<Option<S>, Failure> {
    match asked {
        Some(asked) if !possible.contains(&asked) => {
            let words: Vec<&str> = possible.iter().map(|order| (*order).into()).collect();
            let text =
                format!("what is asked for besides cannot be listed in this order, only by {}", words.join(" or "));
            Err(Failure::invalid("sort", &text))
        }
        asked => Ok(asked.filter(|asked| possible.first() != Some(asked))),
    }
}
