//! Descriptions are HTML; only what a reader sees is indexed.

/// The text of a piece of HTML: tags become spaces, references to characters become the characters.
pub fn plain_text(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        push_words(&mut plain, &rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') && starts_tag(rest) {
            let end = rest.find('>').map_or(rest.len(), |end| end + 1);
            if !is_inline(&rest[..end]) {
                push_words(&mut plain, " ");
            }
            rest = &rest[end..];
        } else if let Some((letter, length)) = reference(rest) {
            let mut buffer = [0; 4];
            push_words(&mut plain, letter.encode_utf8(&mut buffer));
            rest = &rest[length..];
        } else {
            push_words(&mut plain, &rest[..1]);
            rest = &rest[1..];
        }
    }
    push_words(&mut plain, rest);
    plain.truncate(plain.trim_end().len());
    plain
}

/// Appends text; runs of white space become one space, none at the start.
fn push_words(plain: &mut String, text: &str) {
    for letter in text.chars() {
        if !letter.is_whitespace() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
}

fn starts_tag(text: &str) -> bool {
    text.as_bytes().get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!'))
}

/// Tags that do not separate words.
fn is_inline(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let name = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    ["strong", "em", "b", "i", "a", "span", "u", "sub", "sup"].iter().any(|inline| inline.eq_ignore_ascii_case(name))
}

/// The character that a reference such as `&amp;` stands for, and the reference's length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let letter = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "ndash" => '–',
            "mdash" => '—',
            "reg" => '®',
            "trade" => '™',
            "copy" => '©',
            "euro" => '€',
            "deg" => '°',
            "times" => '×',
            _ => return None,
        },
    };
    Some((letter, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_words_stay_apart() {
        assert_eq!(plain_text("<p>Red <strong>wi</strong>ne</p><ul><li>one</li><li>two</li></ul>"), "Red wine one two");
    }

    #[test]
    fn references_become_characters() {
        assert_eq!(plain_text("Salt &amp; pepper &#8364;5 &bogus; 1 &lt; 2"), "Salt & pepper €5 &bogus; 1 < 2");
    }

    #[test]
    fn a_lone_angle_or_an_open_tag_does_no_harm() {
        assert_eq!(plain_text("a < b <p"), "a < b");
        assert_eq!(plain_text(""), "");
    }
}
