//! Cuts text into words.

use crate::fold_into;

/// Bytes of one word; longer ones are left out.
const WORD_BYTES_MAX: usize = 40;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Folded: lower case, no accents.
    pub text: String,
    /// Where it starts in the text, bytes.
    pub start: usize,
    /// Where it ends in the text, bytes.
    pub end: usize,
    /// Nothing but a hyphen or the like stands between the word before and this one: `wi-fi`, `tn-2110`.
    pub glued: bool,
}

impl Word {
    /// Says whether it has a digit.
    pub fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }
}

/// Cuts a text into words.
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::with_capacity(text.len() / 6 + 1);
    each_word(text, |word, start, end, glued| found.push(Word { text: word.to_owned(), start, end, glued }));
    found
}

/// Calls with each word of a text, folded, where it starts and ends, and whether it is glued to the word
/// before. Words are runs of letters and digits. A decimal point stays inside its number; `'s` is dropped;
/// scripts written without spaces give a word per character.
pub fn each_word(text: &str, mut each: impl FnMut(&str, usize, usize, bool)) {
    let mut word = String::with_capacity(WORD_BYTES_MAX);
    let mut before: Option<usize> = None;
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        if !letter.is_alphanumeric() {
            continue;
        }
        word.clear();
        fold_into(letter, &mut word);
        let mut end = start + letter.len_utf8();
        if !is_ideograph(letter) {
            while let Some(&(at, next)) = letters.peek() {
                let decimal_point = next == '.' && is_decimal_point(text, at);
                if !(next.is_alphanumeric() && !is_ideograph(next) || decimal_point || is_combining(next)) {
                    break;
                }
                fold_into(next, &mut word);
                end = at + next.len_utf8();
                letters.next();
            }
        }
        let between = before.map(|before| &text[before..start]);
        if word == "s" && matches!(between, Some("'" | "’")) {
            continue;
        }
        if word.len() <= WORD_BYTES_MAX && !word.is_empty() {
            let glued = matches!(between, Some("-" | "/" | "." | "_" | "'" | "’" | "‑" | "+" | "&"));
            each(&word, start, end, glued);
            before = Some(end);
        }
    }
}

fn is_decimal_point(text: &str, at: usize) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    at > 0 && digit(text.as_bytes().get(at - 1)) && digit(text.as_bytes().get(at + 1))
}

const fn is_combining(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Chinese, Japanese, Thai: words are not set apart by spaces.
const fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_folded_and_cut_at_punctuation() {
        assert_eq!(texts("Crème-Brûlée, ÆSIR!"), ["creme", "brulee", "aesir"]);
        assert_eq!(texts("Men's 43.2 cm (17\")"), ["men", "43.2", "cm", "17"]);
        assert_eq!(texts("v1. Next"), ["v1", "next"]);
    }

    #[test]
    fn hyphenated_words_are_marked() {
        let glued: Vec<bool> = words("TN-2110 toner").iter().map(|word| word.glued).collect();
        assert_eq!(glued, [false, true, false]);
    }

    #[test]
    fn ideographs_are_words_of_their_own() {
        assert_eq!(texts("手机case"), ["手", "机", "case"]);
    }

    #[test]
    fn places_point_into_the_text() {
        let text = "Ein großer Käse";
        let places: Vec<&str> = words(text).iter().map(|word| &text[word.start..word.end]).collect();
        assert_eq!(places, ["Ein", "großer", "Käse"]);
    }
}
