//! Writing XML.

use std::fmt::Write as _;

/// How every document begins.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Appends an element that holds a text.
pub fn element(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, "<{name}>");
    push(out, text);
    let _ = write!(out, "</{name}>");
}

/// Appends a text: what is reserved is escaped, and what XML 1.0 (production 2, `Char`) does not allow is left out.
pub fn push(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_escaped_and_what_is_not_allowed_is_left_out() {
        let mut out = String::new();
        element(&mut out, "title", "Fish & \"chips\"\u{b}\0 <fresh>\u{ffff}");
        assert_eq!(out, "<title>Fish &amp; &quot;chips&quot; &lt;fresh&gt;</title>");
    }
}
