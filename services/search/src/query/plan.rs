//! From what was typed to what is looked up.

use std::collections::HashSet;

use souk_types::Fault;

use super::{
    ranking::Ranking,
    typo::{begins_a_word, codes_from, completions, corrections, is_written},
};
use crate::{
    index::{Snapshot, snapshot::Occurrences},
    text::{
        Word, stem,
        synonyms::{PHRASE_WORDS_MAX, Synonyms},
        tokens::{code, compounds, joined},
        words,
    },
};

/// Words of a query that are looked at.
pub const WORDS_MAX: usize = 16;
/// A word with fewer products than this may be misspelt or unfinished.
const FEW: u32 = 2;
/// Another spelling is offered when it has so many times the products.
const MUCH_MORE: u32 = 10;
/// Words that an unfinished one may become.
const COMPLETIONS_MAX: usize = 24;
/// Words that say nothing about a product; left out when others remain.
const EMPTY_WORDS: &[&str] = &[
    "a", "an", "and", "are", "at", "by", "for", "from", "i", "in", "is", "it", "me", "my", "of", "on", "or", "our",
    "the", "to", "with", "your",
];

/// One way to satisfy a word: all of these must occur.
#[derive(Debug, Clone)]
pub struct Alternate {
    pub all: Vec<Occurrences>,
    pub weight: f32,
}

/// One word that is looked for, with all that may stand for it.
#[derive(Debug, Clone)]
pub struct Group {
    pub alternates: Vec<Alternate>,
    /// How telling it is: rare words tell more.
    pub rarity: f32,
    /// The stemmed word.
    pub word: String,
}

/// What is looked up.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub groups: Vec<Group>,
    /// Stemmed words to mark in snippets.
    pub marked: HashSet<String>,
    /// The whole query as a code, or as the beginning of codes, when it may be one.
    pub code: Option<Occurrences>,
    /// Another spelling that finds more.
    pub did_you_mean: Option<String>,
}

/// How the last word is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastWord {
    /// As it is; only when hardly anything has it, as the beginning of a word.
    Whole,
    /// As the beginning of a word: more is being typed.
    Unfinished,
}

/// What plans are made with.
pub struct Planner<'a> {
    pub snapshot: &'a Snapshot,
    pub synonyms: &'a Synonyms,
    pub ranking: &'a Ranking,
}

impl Planner<'_> {
    /// Makes a plan. It has no groups when the text has no words.
    pub fn plan(&self, text: &str, last: LastWord) -> Result<Plan, Fault> {
        let mut words = words(text);
        let chain = chain(text, &words);
        if words.iter().any(|word| !is_empty_word(word)) {
            words.retain(|word| !is_empty_word(word));
        }
        words.truncate(WORDS_MAX);
        let stems: Vec<String> = words.iter().map(|word| stem(&word.text).into_owned()).collect();
        let mut plan = Plan::default();
        for word in &stems {
            let alone = self.alternate(&[word.as_str()], 1.0)?;
            plan.groups.push(Group { alternates: vec![alone], rarity: 0.0, word: word.clone() });
            plan.marked.insert(word.clone());
        }
        self.add_compounds(&words, &mut plan)?;
        self.add_synonyms(&stems, &mut plan)?;
        let known: Vec<u32> = plan.groups.iter().map(documents).collect();
        let whole = code(text);
        let has_digit = whole.bytes().any(|byte| byte.is_ascii_digit());
        if words.len() > 1 && has_digit {
            plan.code = Some(self.snapshot.occurrences(&whole)?).filter(|code| code.documents > 0);
        }
        let begins = match chain {
            Some(compound) if !has_digit => !self.is_word(&compound, &whole, last)?,
            _ => begins_a_code(text, &words, &known),
        };
        if plan.code.is_none() && begins {
            plan.code = Some(codes_from(self.snapshot, &whole)?).filter(|code| code.documents > 0);
        }
        // What stands for the rest of a code is no word to be completed or corrected.
        if plan.code.is_none() {
            self.correct(text, &words, &known, last, &mut plan)?;
        }
        for group in &mut plan.groups {
            group.rarity = rarity(self.snapshot.documents, documents(group));
        }
        Ok(plan)
    }

    /// Says whether glued words are one that some text has, as `t-shirt` is, or may yet become one. Only a code can be
    /// meant by others, like `MUG-RED`.
    fn is_word(&self, compound: &str, whole: &str, last: LastWord) -> Result<bool, Fault> {
        match last {
            LastWord::Whole => is_written(self.snapshot, compound),
            LastWord::Unfinished => begins_a_word(self.snapshot, whole),
        }
    }

    fn alternate(&self, words: &[&str], weight: f32) -> Result<Alternate, Fault> {
        let all = words.iter().map(|word| self.snapshot.occurrences(word)).collect::<Result<_, _>>()?;
        Ok(Alternate { all, weight })
    }

    fn add(&self, plan: &mut Plan, groups: std::ops::Range<usize>, words: &[&str], weight: f32) -> Result<(), Fault> {
        let alternate = self.alternate(words, weight)?;
        if alternate.all.iter().any(|word| word.documents == 0) {
            return Ok(());
        }
        plan.marked.extend(words.iter().map(|word| (*word).to_owned()));
        for group in &mut plan.groups[groups] {
            group.alternates.push(alternate.clone());
        }
        Ok(())
    }

    /// `tn-2110` may be written `tn2110`, and `smart watch` `smartwatch`.
    fn add_compounds(&self, words: &[Word], plan: &mut Plan) -> Result<(), Fault> {
        for (range, compound) in compounds(words) {
            self.add(plan, range, &[&compound], 1.0)?;
        }
        for (at, pair) in words.windows(2).enumerate() {
            if !pair[1].glued {
                let joined = joined(&pair[0].text, &pair[1].text);
                self.add(plan, at..at + 2, &[&joined], 1.0)?;
            }
        }
        Ok(())
    }

    fn add_synonyms(&self, stems: &[String], plan: &mut Plan) -> Result<(), Fault> {
        if self.ranking.synonym <= 0.0 {
            return Ok(());
        }
        for length in 1..=PHRASE_WORDS_MAX.min(stems.len()) {
            for (at, phrase) in stems.windows(length).enumerate() {
                for instead in self.synonyms.of(phrase) {
                    let instead: Vec<&str> = instead.iter().map(String::as_str).collect();
                    self.add(plan, at..at + length, &instead, self.ranking.synonym)?;
                }
            }
        }
        Ok(())
    }

    /// Adds what may have been meant by words that hardly anything has.
    fn correct(&self, text: &str, words: &[Word], known: &[u32], last: LastWord, plan: &mut Plan) -> Result<(), Fault> {
        let mut corrected = text.to_owned();
        let mut is_better = false;
        // From the end, so that places in the text stay where they are.
        for (at, word) in words.iter().enumerate().rev() {
            let is_last = at + 1 == words.len() && word.end == text.len();
            let unfinished = match last {
                LastWord::Unfinished => is_last,
                LastWord::Whole => is_last && known[at] == 0 && word.text.len() > 1,
            };
            let completed = unfinished && self.complete(at, &word.text, plan)?;
            if known[at] > FEW || completed {
                continue;
            }
            let candidates = corrections(self.snapshot, &word.text)?;
            let Some(best) = candidates.first().filter(|best| best.documents > known[at].saturating_mul(MUCH_MORE))
            else {
                continue;
            };
            corrected.replace_range(word.start..word.end, &best.word);
            is_better = true;
            if known[at] == 0 {
                for candidate in &candidates {
                    self.add(plan, at..at + 1, &[&stem(&candidate.word)], self.ranking.typo)?;
                }
            }
        }
        if is_better {
            plan.did_you_mean = Some(corrected);
        }
        Ok(())
    }

    fn complete(&self, at: usize, beginning: &str, plan: &mut Plan) -> Result<bool, Fault> {
        let found = completions(self.snapshot, beginning, COMPLETIONS_MAX)?;
        for known in &found {
            let word = stem(&known.word);
            if word != plan.groups[at].word {
                self.add(plan, at..at + 1, &[&word], self.ranking.prefix)?;
            }
        }
        Ok(!found.is_empty())
    }
}

/// The words of a text written in one, when nothing but the signs of codes stands between them.
fn chain(text: &str, words: &[Word]) -> Option<String> {
    let is_one = text.trim().chars().all(|letter| letter.is_alphanumeric() || is_code_sign(letter));
    let (all, compound) = compounds(words).next().filter(|_| is_one)?;
    (all == (0..words.len())).then_some(compound)
}

const fn is_code_sign(letter: char) -> bool {
    matches!(letter, '-' | '/' | '.' | '_')
}

/// Says whether a text looks like a code that is not typed to its end: its last words are glued, as in `QUI-HEA-4T-`, or
/// have digits, and hardly anything has one of them by itself.
fn begins_a_code(text: &str, words: &[Word], known: &[u32]) -> bool {
    let Some(last) = words.last() else { return false };
    let is_open = text[last.end..].trim().chars().all(is_code_sign);
    let chain = words.iter().rposition(|word| !word.glued).unwrap_or(0);
    let is_glued = words.len() - chain > 1 || !text[last.end..].trim().is_empty();
    let has_digit = words[chain..].iter().any(Word::has_digit);
    is_open && (is_glued || has_digit) && known[chain..].iter().any(|documents| *documents <= FEW)
}

fn is_empty_word(word: &Word) -> bool {
    EMPTY_WORDS.binary_search(&word.text.as_str()).is_ok()
}

/// In how many products a word, or what stands for it, occurs, about.
fn documents(group: &Group) -> u32 {
    let of = |alternate: &Alternate| alternate.all.iter().map(|word| word.documents).min().unwrap_or(0);
    group.alternates.iter().map(of).max().unwrap_or(0)
}

/// BM25's inverse document frequency (Robertson and Zaragoza 2009), never negative.
#[expect(clippy::cast_possible_truncation, reason = "a score needs no more precision than f32 has")]
fn rarity(all: usize, having: u32) -> f32 {
    let (all, having) = (all as f64, f64::from(having).min(all as f64));
    ((all - having + 0.5) / (having + 0.5)).ln_1p() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_words_can_be_found_by_bisection() {
        assert!(EMPTY_WORDS.is_sorted());
    }

    #[test]
    fn rare_words_tell_more() {
        assert!(rarity(1000, 1) > rarity(1000, 10));
        assert!(rarity(1000, 1000) >= 0.0);
    }
}
