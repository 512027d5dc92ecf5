//! The words of a text as the index wants them, a tokenizer for each kind of field.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::{Word, stem, words};

/// What of a text a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Every word without its plural; hyphenated words also in one.
    Words,
    /// Two neighbours written as one word, so that `smartwatch` and `16gb` meet `smart watch` and `16 GB`.
    Pairs,
    /// Words as they are written, for completing and correcting what is typed.
    Vocabulary,
    /// The whole text without anything but letters and digits: SKUs and barcodes.
    Code,
}

/// Makes the tokens of one kind.
#[derive(Debug, Clone)]
pub struct Tokens(pub Kind);

impl Tokenizer for Tokens {
    type TokenStream<'a> = Found;

    fn token_stream(&mut self, text: &str) -> Found {
        let mut tokens = Vec::with_capacity(text.len() / 5 + 1);
        each_token(self.0, text, |text| {
            let position = tokens.len();
            tokens.push(Token { text, position, ..Token::default() });
        });
        Found { tokens, next: 0 }
    }
}

/// The tokens of one text.
#[derive(Debug)]
pub struct Found {
    tokens: Vec<Token>,
    next: usize,
}

impl TokenStream for Found {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

/// Calls for each token of a text.
pub fn each_token(kind: Kind, text: &str, mut each: impl FnMut(String)) {
    match kind {
        Kind::Code => {
            let code = code(text);
            if !code.is_empty() {
                each(code);
            }
        }
        Kind::Words => {
            let words = words(text);
            for word in &words {
                each(stem(&word.text).into_owned());
            }
            compounds(&words).for_each(|(_, compound)| each(compound));
        }
        Kind::Pairs => {
            for pair in words(text).windows(2) {
                each(joined(&pair[0].text, &pair[1].text));
            }
        }
        Kind::Vocabulary => {
            for word in words(text) {
                if word.text.len() > 2 && !word.has_digit() {
                    each(word.text);
                }
            }
        }
    }
}

/// Two words written as one.
pub fn joined(first: &str, second: &str) -> String {
    let mut joined = first.to_owned();
    joined.push_str(&stem(second));
    joined
}

/// A code as it is compared: `TN-2110` and `tn 2110` are the same.
pub fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| letter.is_alphanumeric()) {
        souk_text::fold_into(letter, &mut code);
    }
    code
}

/// The hyphenated words of a text written in one, with the range of the words that each is made of.
pub fn compounds(words: &[Word]) -> impl Iterator<Item = (std::ops::Range<usize>, String)> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        while from < words.len() {
            let start = from;
            let mut end = start + 1;
            while end < words.len() && words[end].glued {
                end += 1;
            }
            from = end;
            if end - start > 1 && end - start <= 6 {
                let mut compound: String = words[start..end - 1].iter().map(|word| word.text.as_str()).collect();
                compound.push_str(&stem(&words[end - 1].text));
                return Some((start..end, compound));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(kind: Kind, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_token(kind, text, |token| found.push(token));
        found
    }

    #[test]
    fn hyphenated_words_are_found_either_way() {
        assert_eq!(tokens(Kind::Words, "Wi-Fi routers"), ["wi", "fi", "router", "wifi"]);
    }

    #[test]
    fn neighbours_are_found_in_one() {
        assert_eq!(tokens(Kind::Pairs, "16 GB smart watches"), ["16gb", "gbsmart", "smartwatch"]);
    }

    #[test]
    fn codes_are_compared_without_punctuation() {
        assert_eq!(tokens(Kind::Code, "TN-2110/B"), ["tn2110b"]);
    }

    #[test]
    fn the_vocabulary_has_words_as_written() {
        assert_eq!(tokens(Kind::Vocabulary, "Wireless headphones WH-1000 of"), ["wireless", "headphones"]);
    }
}
