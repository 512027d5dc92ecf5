//! What the order of the words of a title tells.
//!
//! A title names the thing first and goes on with what it has and what it is for: in *laptop bag with
//! mouse for 15 inch* the thing is a bag, though a mouse and inches occur.

use super::{plan::Plan, ranking::Ranking};
use crate::{index::document::word_number, text::tokens::joined};

/// Words behind which stands what a thing is for, or comes with.
const TURNS: &[&str] = &["for", "with", "compatible", "suitable", "fits", "including", "incl", "w"];
/// Words at the beginning of a title that count as early.
const EARLY: usize = 8;

/// The words of a query as numbers, to be compared with the words of titles.
pub struct TitleWords {
    /// For each word of the query, the numbers of all that may stand for it alone.
    groups: Vec<u32>,
    pairs: Vec<u32>,
    turns: Vec<u32>,
}

impl TitleWords {
    /// Takes the words of a plan.
    pub fn new(plan: &Plan) -> Self {
        Self {
            groups: plan.groups.iter().map(|group| word_number(&group.word)).collect(),
            pairs: plan.groups.windows(2).map(|pair| word_number(&joined(&pair[0].word, &pair[1].word))).collect(),
            turns: TURNS.iter().map(|word| word_number(word)).collect(),
        }
    }

    /// By how much a title raises or lowers the score of its product.
    pub fn factor(&self, ranking: &Ranking, title: &[u32]) -> f32 {
        if self.groups.is_empty() || title.is_empty() {
            return 1.0;
        }
        let count = self.groups.len() as f32;
        let turn = title.iter().skip(1).position(|word| self.turns.contains(word)).map_or(title.len(), |at| at + 1);
        let (mut early, mut before_turn, mut present) = (0.0, 0.0, 0.0);
        for word in &self.groups {
            let Some(at) = title.iter().position(|other| other == word) else { continue };
            present += 1.0;
            if at < turn {
                before_turn += 1.0;
            }
            if at < EARLY {
                early += 1.0 - at as f32 / EARLY as f32;
            }
        }
        let mut factor = 1.0 + ranking.early * early / count;
        if present > 0.0 {
            factor *= 1.0 - ranking.behind * (present - before_turn) / count;
        }
        factor * (1.0 + ranking.phrase * self.neighbours(title))
    }

    /// The share of neighbours in the query that are neighbours in the title too, in order.
    fn neighbours(&self, title: &[u32]) -> f32 {
        if self.groups.len() < 2 {
            return 0.0;
        }
        let together = self
            .groups
            .windows(2)
            .zip(&self.pairs)
            .filter(|(pair, joined)| title.windows(2).any(|words| words == *pair) || title.contains(joined))
            .count();
        together as f32 / (self.groups.len() - 1) as f32
    }
}
