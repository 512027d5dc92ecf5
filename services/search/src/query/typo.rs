//! Which words were meant by one that is misspelt or not finished.

use souk_types::Fault;

use crate::index::{
    Snapshot, io_fault,
    schema::TextField,
    snapshot::{Occurrences, Segment},
};

/// Words offered instead of one.
const CANDIDATES_MAX: usize = 3;
/// Words looked at that begin with what was typed.
const COMPLETIONS_LOOKED_AT_MAX: usize = 20_000;

/// Letters of a code from which on it may be completed.
const CODE_BYTES_MIN: usize = 3;
/// Codes that one beginning may stand for.
const CODES_MAX: usize = 200;

/// A word of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub word: String,
    /// Products that have it.
    pub documents: u32,
}

/// How many letters of a word may be wrong.
pub const fn typos_max(word: &str) -> usize {
    match word.len() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The words that are closest to a misspelt one: fewest letters wrong, then same first letter, then most frequent.
pub fn corrections(snapshot: &Snapshot, word: &str) -> Result<Vec<Known>, Fault> {
    let limit = typos_max(word);
    if limit == 0 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    let mut found: Vec<(usize, bool, Known)> = Vec::new();
    for segment in &snapshot.segments {
        let mut distance = Distance::new(word.as_bytes(), limit);
        let mut terms = segment.vocabulary.terms().stream().map_err(io_fault)?;
        while terms.advance() {
            let Some(wrong) = distance.to(terms.key()) else { continue };
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            let documents = terms.value().doc_freq;
            match found.iter_mut().find(|(_, _, known)| known.word == term) {
                Some((_, _, known)) => known.documents += documents,
                None => {
                    let other_start = term.as_bytes().first() != word.as_bytes().first();
                    found.push((wrong, other_start, Known { word: term.to_owned(), documents }));
                }
            }
        }
    }
    found.retain(|(wrong, _, _)| *wrong > 0);
    found.sort_by(|one, other| {
        (one.0, one.1, std::cmp::Reverse(one.2.documents), &one.2.word).cmp(&(
            other.0,
            other.1,
            std::cmp::Reverse(other.2.documents),
            &other.2.word,
        ))
    });
    let least = found.first().map(|(wrong, other_start, _)| (*wrong, *other_start));
    Ok(found
        .into_iter()
        .take_while(|(wrong, other_start, _)| Some((*wrong, *other_start)) == least)
        .take(CANDIDATES_MAX)
        .map(|(_, _, known)| known)
        .collect())
}

/// The most frequent words that begin with what was typed.
pub fn completions(snapshot: &Snapshot, prefix: &str, limit: usize) -> Result<Vec<Known>, Fault> {
    let mut found: Vec<Known> = Vec::new();
    for segment in &snapshot.segments {
        let range = segment.vocabulary.terms().range().ge(prefix.as_bytes());
        let mut terms = range.into_stream().map_err(io_fault)?;
        let mut looked_at = 0;
        while terms.advance() && terms.key().starts_with(prefix.as_bytes()) && looked_at < COMPLETIONS_LOOKED_AT_MAX {
            looked_at += 1;
            if let Ok(word) = std::str::from_utf8(terms.key()) {
                found.push(Known { word: word.to_owned(), documents: terms.value().doc_freq });
            }
        }
    }
    found.sort_by(|one, other| one.word.cmp(&other.word));
    found.dedup_by(|again, first| {
        let same = again.word == first.word;
        if same {
            first.documents += again.documents;
        }
        same
    });
    found.sort_by(|one, other| other.documents.cmp(&one.documents).then_with(|| one.word.cmp(&other.word)));
    found.truncate(limit);
    Ok(found)
}

/// Where the codes occur that begin with what was typed; nowhere for a beginning that tells nothing.
pub fn codes_from(snapshot: &Snapshot, beginning: &str) -> Result<Occurrences, Fault> {
    let field = TextField::Code as usize;
    let mut found = Occurrences::default();
    if beginning.len() < CODE_BYTES_MIN {
        return Ok(found);
    }
    for (number, segment) in (0..).zip(&snapshot.segments) {
        let range = segment.words[field].terms().range().ge(beginning.as_bytes());
        let mut codes = range.into_stream().map_err(io_fault)?;
        while codes.advance() && codes.key().starts_with(beginning.as_bytes()) && found.lists.len() < CODES_MAX {
            found.documents += codes.value().doc_freq;
            found.lists.push((number, field, codes.value().clone()));
        }
    }
    Ok(found)
}

/// The fields with words that people read. The pairs are no words: `red mug` does not make one of `redmug`.
const READ: [TextField; 6] = [
    TextField::Title,
    TextField::Brand,
    TextField::Category,
    TextField::Tags,
    TextField::Attributes,
    TextField::Description,
];

/// Says whether any text has a word, which may be written with hyphens.
pub fn is_written(snapshot: &Snapshot, word: &str) -> Result<bool, Fault> {
    for (segment, field) in read(snapshot) {
        if segment.words[field].terms().get(word.as_bytes()).map_err(io_fault)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Says whether any text has a word that begins so, which may be written with hyphens.
pub fn begins_a_word(snapshot: &Snapshot, beginning: &str) -> Result<bool, Fault> {
    for (segment, field) in read(snapshot) {
        let range = segment.words[field].terms().range().ge(beginning.as_bytes());
        let mut words = range.into_stream().map_err(io_fault)?;
        if words.advance() && words.key().starts_with(beginning.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(snapshot: &Snapshot) -> impl Iterator<Item = (&Segment, usize)> {
    snapshot.segments.iter().flat_map(|segment| READ.map(|field| (segment, field as usize)))
}

/// Counts how many letters two words differ by (optimal string alignment: wrong, missing, added and
/// swapped letters). Meant for many words in alphabetical order: rows of the table are kept for what a
/// word has in common with the one before.
struct Distance<'a> {
    word: &'a [u8],
    limit: usize,
    seen: Vec<u8>,
    rows: Vec<Vec<usize>>,
}

impl<'a> Distance<'a> {
    fn new(word: &'a [u8], limit: usize) -> Self {
        Self { word, limit, seen: Vec::new(), rows: vec![(0..=word.len()).collect()] }
    }

    /// The distance to a word; `None` when it is over the limit.
    fn to(&mut self, other: &[u8]) -> Option<usize> {
        let mut same = self.seen.iter().zip(other).take_while(|(one, other)| one == other).count();
        same = same.min(self.rows.len() - 1);
        // Nothing that goes on like this can come within the limit.
        if same > 0 && same < other.len() && self.hopeless(same) {
            self.seen.truncate(same);
            self.rows.truncate(same + 1);
            return None;
        }
        self.seen.truncate(same);
        self.rows.truncate(same + 1);
        if other.len() > self.word.len() + self.limit {
            // Too long, but shorter relatives may follow: the kept rows stay valid.
            return None;
        }
        for letter in &other[same..] {
            self.push(*letter);
            if self.hopeless(self.seen.len()) {
                return None;
            }
        }
        let distance = *self.rows.last()?.last()?;
        (distance <= self.limit).then_some(distance)
    }

    /// Says whether everything that begins with this many of the letters seen is over the limit.
    fn hopeless(&self, letters: usize) -> bool {
        let over = |row: &Vec<usize>| row.iter().all(|distance| *distance > self.limit);
        // Swapped letters reach back two rows.
        over(&self.rows[letters]) && (letters == 0 || over(&self.rows[letters - 1]))
    }

    fn push(&mut self, letter: u8) {
        let depth = self.rows.len();
        let above = &self.rows[depth - 1];
        let mut row = Vec::with_capacity(self.word.len() + 1);
        row.push(depth);
        for (at, expected) in self.word.iter().enumerate() {
            let mut least = (above[at + 1] + 1).min(row[at] + 1).min(above[at] + usize::from(*expected != letter));
            let swapped = depth > 1 && at > 0 && *expected == self.seen[depth - 2] && self.word[at - 1] == letter;
            if swapped {
                least = least.min(self.rows[depth - 2][at - 1] + 1);
            }
            row.push(least);
        }
        self.rows.push(row);
        self.seen.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain_distance(one: &[u8], other: &[u8]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
        for i in 0..=one.len() {
            for j in 0..=other.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut least = (table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                        .min(table[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]));
                    if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        table[one.len()][other.len()]
    }

    proptest! {
        #[test]
        fn distances_to_sorted_words_are_those_of_the_plain_table(
            word in "[a-d]{1,7}",
            mut others in proptest::collection::vec("[a-d]{1,8}", 1..60),
            limit in 1_usize..3,
        ) {
            others.sort();
            let mut distance = Distance::new(word.as_bytes(), limit);
            for other in others {
                let plain = plain_distance(word.as_bytes(), other.as_bytes());
                let expected = (plain <= limit).then_some(plain);
                prop_assert_eq!(distance.to(other.as_bytes()), expected, "{} {}", word, other);
            }
        }
    }
}
