//! A description as plain paragraphs: the page shows text only, so that nothing in it can act.

/// Paragraphs of one description.
const PARAGRAPHS_MAX: usize = 500;

/// Takes the paragraphs out of sanitised HTML. What looks like a tag is dropped, what it stands around is kept.
pub fn paragraphs(html: &str) -> Vec<String> {
    let mut out = Paragraphs::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if from.starts_with('<') { out.tag(from) } else { out.entity(from) };
    }
    out.push_str(rest);
    out.end();
    out.done.truncate(PARAGRAPHS_MAX);
    out.done
}

/// The beginning of a description in at most so many letters, cut between words.
pub fn summary(html: &str, letters_max: usize) -> String {
    shortened(&paragraphs(html).join(" "), letters_max)
}

/// A text in at most so many letters, cut between words.
pub fn shortened(text: &str, letters_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(letters_max) else { return text.to_owned() };
    // One letter is for the sign that there is more.
    let room = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    let between = if text[room..].starts_with(' ') { Some(room) } else { text[..room].rfind(' ') };
    let cut = between.filter(|cut| *cut > room / 2).unwrap_or(room);
    format!("{}…", text[..cut].trim_end_matches([' ', ',', '.', ';', ':', '–']))
}

#[derive(Default)]
struct Paragraphs {
    done: Vec<String>,
    open: String,
}

impl Paragraphs {
    /// White space of any length is one space, as browsers show it.
    fn push_str(&mut self, text: &str) {
        for letter in text.chars() {
            self.push(letter);
        }
    }

    fn push(&mut self, letter: char) {
        if !letter.is_whitespace() {
            self.open.push(letter);
        } else if !self.open.is_empty() && !self.open.ends_with(' ') {
            self.open.push(' ');
        }
    }

    fn end(&mut self) {
        let text = self.open.trim();
        if !text.is_empty() && text != "•" {
            self.done.push(text.to_owned());
        }
        self.open.clear();
    }

    /// Takes a tag; returns what comes after it.
    fn tag<'h>(&mut self, from: &'h str) -> &'h str {
        let Some(close) = from.find('>') else {
            // No tag at all.
            self.push('<');
            return &from[1..];
        };
        let inside = &from[1..close];
        if !inside.starts_with(|first: char| first == '/' || first == '!' || first.is_ascii_alphabetic()) {
            self.push('<');
            return &from[1..];
        }
        let name: String = inside
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        match name.as_str() {
            "p" | "br" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "table" | "tr" | "div" => self.end(),
            "li" => {
                self.end();
                if !inside.starts_with('/') {
                    self.open.push_str("• ");
                }
            }
            "td" | "th" => self.push(' '),
            _ => {}
        }
        &from[close + 1..]
    }

    /// Takes a character reference; returns what comes after it.
    fn entity<'h>(&mut self, from: &'h str) -> &'h str {
        let end = from.bytes().take(12).position(|byte| byte == b';');
        let Some((name, letter)) = end.and_then(|end| Some((&from[1..end], named(&from[1..end])?))) else {
            self.push('&');
            return &from[1..];
        };
        self.push(letter);
        &from[name.len() + 2..]
    }
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "euro" => '€',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|letter| !letter.is_control())?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(summary("<p>Strong &amp; light.</p><p>Washable</p>", 100), "Strong & light. Washable");
        assert_eq!(shortened("Strong and light, washable", 18), "Strong and light…");
        assert_eq!(shortened("Ärmelschonerüberzug", 8), "Ärmelsc…");
    }

    #[test]
    fn blocks_become_paragraphs_and_inline_marks_go() {
        let html =
            "<h2>Care</h2><p>Wash <strong>cold</strong>,\n  dry <em>flat</em>.</p><ul><li>Wool</li><li>Silk</li></ul>";
        assert_eq!(paragraphs(html), ["Care", "Wash cold, dry flat.", "• Wool", "• Silk"]);
        assert_eq!(paragraphs("one<br>two<br/>three"), ["one", "two", "three"]);
        assert_eq!(paragraphs("<table><tr><td>A</td><td>1</td></tr></table>"), ["A 1"]);
    }

    #[test]
    fn references_become_their_letters() {
        assert_eq!(
            paragraphs("<p>Fish &amp; chips &lt;3 &#8364;5 &#x20AC;6 &unknown; & more</p>"),
            ["Fish & chips <3 €5 €6 &unknown; & more"]
        );
    }

    #[test]
    fn broken_html_loses_no_text_and_does_not_panic() {
        assert_eq!(paragraphs("a < b and 2 <3"), ["a < b and 2 <3"]);
        assert_eq!(paragraphs("<p>open"), ["open"]);
        assert_eq!(paragraphs("tail <"), ["tail <"]);
        assert_eq!(paragraphs("€&é;ü&"), ["€&é;ü&"]);
        assert!(paragraphs("").is_empty());
    }
}
