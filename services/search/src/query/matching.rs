//! Which documents have the words, and how well.
//!
//! The scores are BM25F (Robertson, Zaragoza, Taylor 2004): a word's occurrences are weighted by field and
//! discounted by the field's length before they saturate together. Words are counted one after the other
//! into an array with a place for each document, which makes every later step a plain loop.

use std::collections::HashSet;

use souk_types::Fault;
use tantivy::{fieldnorm::FieldNormReader, schema::IndexRecordOption};

use super::{
    plan::{Alternate, Plan},
    ranking::Ranking,
    scratch::Scratch,
};
use crate::index::{
    Snapshot, io_fault,
    schema::{TEXT_FIELDS, TextField},
    snapshot::{Occurrences, Segment},
};

/// Which documents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those that have any of the words.
    Any,
    /// Those that have all of them; others may be scored in part.
    All,
}

/// Counts words in documents.
pub struct Matcher<'a> {
    snapshot: &'a Snapshot,
    ranking: &'a Ranking,
    plan: &'a Plan,
    /// By field and encoded length: what an occurrence is worth.
    worth: Vec<[f32; 256]>,
    /// The words' numbers, rarest first: what lacks a rare word need not be looked at for the others.
    rarest_first: Vec<usize>,
}

impl<'a> Matcher<'a> {
    /// Prepares to count the words of a plan.
    pub fn new(snapshot: &'a Snapshot, ranking: &'a Ranking, plan: &'a Plan) -> Self {
        let worth = (0..TEXT_FIELDS)
            .map(|field| {
                let (weight, b, average) =
                    (ranking.weights[field], ranking.lengths[field], snapshot.average_words[field]);
                std::array::from_fn(|id| {
                    let length = u8::try_from(id).map_or(0, FieldNormReader::id_to_fieldnorm);
                    weight / (1.0 - b + b * length as f32 / average)
                })
            })
            .collect();
        let mut rarest_first: Vec<usize> = (0..plan.groups.len()).collect();
        rarest_first.sort_by(|one, other| plan.groups[*other].rarity.total_cmp(&plan.groups[*one].rarity));
        Self { snapshot, ranking, plan, worth, rarest_first }
    }

    /// Scores the documents of a segment that have the words.
    pub fn score(&self, number: u32, wanted: Wanted, scratch: &mut Scratch) -> Result<(), Fault> {
        let segment = &self.snapshot.segments[number as usize];
        scratch.fit(segment.reader.max_doc());
        let k1 = self.ranking.saturation;
        // What a document must have to be counted further.
        let mut needed = 0;
        for bit in &self.rarest_first {
            let group = &self.plan.groups[*bit];
            for alternate in &group.alternates {
                self.count(number, segment, alternate, needed, scratch)?;
            }
            for doc in scratch.having.drain(..) {
                let at = doc as usize;
                let weight = std::mem::take(&mut scratch.weight[at]);
                if scratch.found[at] == 0 {
                    scratch.touched.push(doc);
                }
                scratch.found[at] |= 1 << bit;
                scratch.score[at] += group.rarity * weight * (k1 + 1.0) / (weight + k1);
            }
            if wanted == Wanted::All {
                needed |= 1 << bit;
            }
        }
        self.add_code(number, segment, scratch)
    }

    /// A query that is a code as a whole, or begins one, beats everything else.
    fn add_code(&self, number: u32, segment: &Segment, scratch: &mut Scratch) -> Result<(), Fault> {
        let Some(code) = &self.plan.code else { return Ok(()) };
        let words: f32 = self.plan.groups.iter().map(|group| group.rarity * (self.ranking.saturation + 1.0)).sum();
        let gain = self.ranking.exact * words;
        // Once for a product, however many of its variants have such a code.
        let mut having: HashSet<u32> = HashSet::new();
        for (in_segment, field, info) in &code.lists {
            if *in_segment != number || *field != TextField::Code as usize {
                continue;
            }
            each_posting(segment, *field, info, |doc, _| {
                if !having.insert(doc) {
                    return;
                }
                let at = doc as usize;
                if scratch.found[at] == 0 {
                    scratch.touched.push(doc);
                }
                scratch.found[at] = self.all_found();
                scratch.score[at] += gain;
            })?;
        }
        Ok(())
    }

    /// What [`Scratch::found`] is when all words were found.
    pub fn all_found(&self) -> u32 {
        (1_u32 << self.plan.groups.len()) - 1
    }

    /// How much of what was looked for was found, 0 to 1, by how telling the words are.
    pub fn coverage(&self, found: u32) -> f32 {
        let all: f32 = self.plan.groups.iter().map(|group| group.rarity).sum();
        let having = (0..).zip(&self.plan.groups).filter(|(bit, _)| found & (1_u32 << bit) != 0);
        let having: f32 = having.map(|(_, group)| group.rarity).sum();
        if all > 0.0 { having / all } else { 1.0 }
    }

    /// Adds up what the occurrences of an alternate are worth, in documents that have what is needed.
    fn count(
        &self,
        number: u32,
        segment: &Segment,
        alternate: &Alternate,
        needed: u32,
        scratch: &mut Scratch,
    ) -> Result<(), Fault> {
        let Scratch { weight: weights, having, found, .. } = scratch;
        let mut add = |doc: u32, weight: f32| {
            let at = doc as usize;
            if found[at] & needed == needed {
                if weights[at] == 0.0 {
                    having.push(doc);
                }
                weights[at] += alternate.weight * weight;
            }
        };
        if let [word] = alternate.all.as_slice() {
            return self.each(number, segment, word, add);
        }
        for (doc, weight) in self.having_all(number, segment, &alternate.all)? {
            add(doc, weight);
        }
        Ok(())
    }

    /// The documents that have all of several words, with what the least of them is worth.
    fn having_all(&self, number: u32, segment: &Segment, words: &[Occurrences]) -> Result<Vec<(u32, f32)>, Fault> {
        let mut having: Option<Vec<(u32, f32)>> = None;
        for word in words {
            let mut list: Vec<(u32, f32)> = Vec::new();
            self.each(number, segment, word, |doc, weight| list.push((doc, weight)))?;
            list.sort_unstable_by_key(|(doc, _)| *doc);
            list.dedup_by(|again, first| {
                let same = again.0 == first.0;
                if same {
                    first.1 += again.1;
                }
                same
            });
            having = Some(match having {
                None => list,
                Some(before) => intersect(&before, &list),
            });
        }
        Ok(having.unwrap_or_default())
    }

    /// Calls with each document of the segment and field that a word occurs in, and what it is worth there.
    fn each(
        &self,
        number: u32,
        segment: &Segment,
        word: &Occurrences,
        mut each: impl FnMut(u32, f32),
    ) -> Result<(), Fault> {
        for (in_segment, field, info) in &word.lists {
            if *in_segment != number || self.ranking.weights[*field] <= 0.0 {
                continue;
            }
            let (norms, worth) = (&segment.norms[*field], &self.worth[*field]);
            each_posting(segment, *field, info, |doc, occurrences| {
                let worth = worth[usize::from(norms.fieldnorm_id(doc))];
                each(doc, worth * occurrences as f32);
            })?;
        }
        Ok(())
    }
}

/// Calls with each document that has a word, and how often.
fn each_posting(
    segment: &Segment,
    field: usize,
    info: &tantivy::postings::TermInfo,
    mut each: impl FnMut(u32, u32),
) -> Result<(), Fault> {
    let mut block =
        segment.words[field].read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs).map_err(io_fault)?;
    while block.block_len() > 0 {
        for (doc, occurrences) in block.docs().iter().zip(block.freqs()) {
            each(*doc, *occurrences);
        }
        block.advance();
    }
    Ok(())
}

fn intersect(one: &[(u32, f32)], other: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut both = Vec::new();
    let mut rest = other.iter().peekable();
    for (doc, weight) in one {
        while rest.next_if(|(other, _)| other < doc).is_some() {}
        if let Some((_, other_weight)) = rest.next_if(|(other, _)| other == doc) {
            both.push((*doc, weight.min(*other_weight)));
        }
    }
    both
}
