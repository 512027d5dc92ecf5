//! Other words for the same thing, from a table that a merchant can replace.

use std::{collections::HashMap, fs, path::Path};

use souk_types::Fault;

use super::{stem, words};

/// The table that comes with the service.
const GENERAL: &str = include_str!("../../synonyms.txt");
/// Bytes of a table.
const TABLE_BYTES_MAX: u64 = 1024 * 1024;
/// Words of one phrase.
pub const PHRASE_WORDS_MAX: usize = 4;

/// What may be looked for instead of a phrase.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    instead: HashMap<Vec<String>, Vec<Vec<String>>>,
}

impl Synonyms {
    /// No synonyms at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The general table.
    pub fn general() -> Self {
        Self::parse(GENERAL).unwrap_or_default()
    }

    /// Reads the merchant's own table.
    ///
    /// # Errors
    /// When the file cannot be read, is too large, or a line of it is wrong: names the line.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let unreadable = |error: std::io::Error| Fault::invalid("synonyms", format!("{}: {error}", path.display()));
        if fs::metadata(path).map_err(unreadable)?.len() > TABLE_BYTES_MAX {
            return Err(Fault::invalid("synonyms", format!("at most {TABLE_BYTES_MAX} bytes")));
        }
        Self::parse(&fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads a table: `a, b` on a line for both ways, `a => b, c` for one; `#` starts a comment.
    ///
    /// # Errors
    /// When a line is wrong: names the line.
    pub fn parse(table: &str) -> Result<Self, Fault> {
        let mut synonyms = Self::default();
        for (index, line) in table.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |why: &str| Fault::invalid("synonyms", format!("line {}: {why}", index + 1));
            let (from, to) = match line.split_once("=>") {
                Some((from, to)) => (phrases(from), phrases(to)),
                None => (phrases(line), phrases(line)),
            };
            if from.is_empty() || to.is_empty() || (from == to && from.len() < 2) {
                return Err(wrong("expected `a, b` or `a => b`"));
            }
            if from.iter().chain(&to).any(|phrase| phrase.len() > PHRASE_WORDS_MAX) {
                return Err(wrong("a phrase has at most four words"));
            }
            synonyms.add(&from, &to);
        }
        Ok(synonyms)
    }

    /// What may be looked for instead of these stemmed words.
    pub fn of(&self, phrase: &[String]) -> &[Vec<String>] {
        self.instead.get(phrase).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, from: &[Vec<String>], to: &[Vec<String>]) {
        for phrase in from {
            let instead = self.instead.entry(phrase.clone()).or_default();
            for other in to {
                if other != phrase && !instead.contains(other) {
                    instead.push(other.clone());
                }
            }
        }
    }
}

fn phrases(list: &str) -> Vec<Vec<String>> {
    list.split(',')
        .map(|phrase| words(phrase).iter().map(|word| stem(&word.text).into_owned()).collect::<Vec<_>>())
        .filter(|phrase| !phrase.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn equal_words_work_both_ways_and_arrows_one() {
        let synonyms = Synonyms::parse("sofas, couch # seats\nphone => smartphone").unwrap();
        assert_eq!(synonyms.of(&phrase("sofa")), [phrase("couch")]);
        assert_eq!(synonyms.of(&phrase("couch")), [phrase("sofa")]);
        assert_eq!(synonyms.of(&phrase("phone")), [phrase("smartphone")]);
        assert!(synonyms.of(&phrase("smartphone")).is_empty());
    }

    #[test]
    fn phrases_stand_for_words() {
        let synonyms = Synonyms::parse("tv, television set").unwrap();
        assert_eq!(synonyms.of(&phrase("television set")), [phrase("tv")]);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let fault = Synonyms::parse("a, b\nlonely").unwrap_err();
        assert!(fault.public.contains("line 2"), "{fault}");
    }

    #[test]
    fn the_general_table_reads() {
        assert!(Synonyms::parse(GENERAL).is_ok());
    }
}
