//! A spreadsheet takes a text that begins like a formula for one, and would carry it out. Exports put a `'` before it, and
//! imports take that away again.

use std::borrow::Cow;

/// A text as a cell.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell.
pub(super) fn unguard(cell: &mut String) {
    if cell.strip_prefix('\'').is_some_and(is_formula) {
        cell.remove(0);
    }
}

/// What is guarded already counts, too, so that it comes back as it was. A number is none, whatever its sign.
fn is_formula(text: &str) -> bool {
    let begin = text.trim_start_matches('\'');
    let is_number = || {
        let digits = begin.trim_start_matches(['+', '-']);
        digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
    };
    begin.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_never_begins_like_a_formula_and_gives_its_text_back() {
        for text in ["=1+1", "+cmd", "-a", "@x", "\t=", "'=x", "''-y", "-", "--5", "-5e", "'", "plain", "", "'quoted'"]
        {
            let mut cell = guarded(text).into_owned();
            assert!(!cell.starts_with(['=', '+', '@', '\t']), "{cell:?}");
            unguard(&mut cell);
            assert_eq!(cell, text);
        }
        assert_eq!(guarded("-12.5"), "-12.5");
        assert_eq!(guarded("=HYPERLINK(1)"), "'=HYPERLINK(1)");
    }
}
