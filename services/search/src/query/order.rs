//! Which of many documents come first.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use souk_contracts::{ProductId, search::Sort};

use super::{page::Candidate, plan::Plan, ranking::Ranking, title::TitleWords};
use crate::index::{DocAt, Snapshot, document::tie};

/// Best results that are put in order by their titles too.
const REFINED_MAX: usize = 500;

/// A document's place in the order: compared from the first to the last, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    major: i64,
    minor: i64,
    tie: u64,
    at: DocAt,
}

/// Keeps the highest so many of all places offered.
struct Highest {
    wanted: usize,
    kept: BinaryHeap<Reverse<Place>>,
}

impl Highest {
    fn new(wanted: usize) -> Self {
        Self { wanted, kept: BinaryHeap::new() }
    }

    /// Offers a place; the rest of it is worked out only when its major part may be high enough.
    fn offer(&mut self, major: i64, place: impl FnOnce() -> Place) {
        if self.kept.len() < self.wanted {
            self.kept.push(Reverse(place()));
        } else if self.kept.peek().is_some_and(|lowest| major >= lowest.0.major) {
            let place = place();
            if self.kept.peek().is_some_and(|lowest| place > lowest.0) {
                self.kept.pop();
                self.kept.push(Reverse(place));
            }
        }
    }

    fn in_order(self) -> Vec<Place> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse(place)| place).collect()
    }
}

/// The first so many by a column.
pub fn by_column(snapshot: &Snapshot, sort: Sort, candidates: &[Candidate], wanted: usize) -> Vec<DocAt> {
    let mut highest = Highest::new(wanted);
    // From the youngest, which often come first, so that what follows is mostly passed over.
    for candidate in candidates.iter().rev() {
        let (columns, doc) = (snapshot.columns(candidate.at), candidate.at.doc as usize);
        let sold = i64::from(columns.sold[doc]);
        let (major, minor) = match sort {
            Sort::Relevance | Sort::Popularity => (sold, columns.created[doc]),
            Sort::PriceUp => (columns.price[doc].saturating_neg(), sold),
            Sort::PriceDown => (columns.price[doc], sold),
            Sort::Newest => (columns.created[doc], sold),
        };
        highest.offer(major, || Place { major, minor, tie: columns.tie[doc], at: candidate.at });
    }
    highest.in_order().into_iter().map(|place| place.at).collect()
}

/// The first so many in the order in which somebody has picked them.
pub fn as_picked(snapshot: &Snapshot, picked: &[ProductId], candidates: &[Candidate], wanted: usize) -> Vec<DocAt> {
    let places: HashMap<u64, usize> = picked.iter().enumerate().map(|(place, id)| (tie(*id), place)).collect();
    let place = |at: DocAt| places.get(&snapshot.columns(at).tie[at.doc as usize]).copied().unwrap_or(usize::MAX);
    let mut order: Vec<(usize, DocAt)> =
        candidates.iter().map(|candidate| (place(candidate.at), candidate.at)).collect();
    order.sort_unstable();
    order.into_iter().take(wanted).map(|(_, at)| at).collect()
}

/// The first so many by relevance.
pub fn by_relevance(
    snapshot: &Snapshot,
    ranking: &Ranking,
    plan: &Plan,
    candidates: &[Candidate],
    wanted: usize,
) -> Vec<DocAt> {
    let per_tenfold = ranking.popularity / std::f32::consts::LN_10;
    let mut highest = Highest::new(wanted.max(REFINED_MAX));
    for candidate in candidates {
        let (columns, doc) = (snapshot.columns(candidate.at), candidate.at.doc as usize);
        let mut score = candidate.score;
        if columns.sold[doc] > 0 {
            score *= 1.0 + per_tenfold * (columns.sold[doc] as f32).ln_1p();
        }
        if !columns.in_stock[doc] {
            score *= ranking.out_of_stock;
        }
        let major = place_of(score);
        let sold = || i64::from(columns.sold[doc]);
        highest.offer(major, || Place { major, minor: sold(), tie: columns.tie[doc], at: candidate.at });
    }
    let mut order = highest.in_order();
    let title_words = TitleWords::new(plan);
    let refined = order.len().min(REFINED_MAX);
    for place in &mut order[..refined] {
        let title = snapshot.columns(place.at).title.of(place.at.doc);
        let score = f32::from_bits(u32::try_from(place.major).unwrap_or(0));
        place.major = place_of(score * title_words.factor(ranking, title));
    }
    order[..refined].sort_unstable_by(|one, other| other.cmp(one));
    order.truncate(wanted);
    order.into_iter().map(|place| place.at).collect()
}

/// Scores are never negative, so that their bits are in the same order.
fn place_of(score: f32) -> i64 {
    i64::from(score.max(0.0).to_bits())
}
