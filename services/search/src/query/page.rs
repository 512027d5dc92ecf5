//! One page of results.

use std::{collections::HashMap, sync::Arc};

use souk_contracts::search::{Error, Facet, Filters, Hit, Query, Results, Sort};
use souk_types::{Currency, Fault, limits};

use super::{
    cache::Answers,
    facets::Counts,
    filter::{Filter, Verdict},
    matching::Matcher,
    plan::{LastWord, Plan, Planner},
    ranking::Ranking,
    scratch::Scratches,
    title::TitleWords,
};
use crate::{
    index::{DocAt, Snapshot, columns::Columns},
    text::{snippet::snippet, synonyms::Synonyms},
};

/// Results of one page.
const PAGE_MAX: usize = 100;
/// Best results that are put in order by their titles too.
const REFINED_MAX: usize = 1_000;
/// Pages that are kept until the index changes.
const PAGES_KEPT: usize = 256;
/// Counts of facets that are kept until the index changes.
const COUNTS_KEPT: usize = 128;
/// Of results with only a part of the words, those with less than this share of the best one's are left out.
const PARTIAL_SHARE: f32 = 0.5;

/// Answers queries.
pub struct Finder {
    synonyms: Synonyms,
    ranking: Ranking,
    currency: Currency,
    scratches: Scratches,
    pages: Answers<String, Results>,
    counts: Answers<String, Vec<Facet>>,
}

/// A document that has at least some of the words.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub at: DocAt,
    pub score: f32,
    found: u32,
}

/// A document's place in the order: compared from the first to the last, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    major: i64,
    minor: i64,
    tie: u64,
    at: DocAt,
}

impl Finder {
    /// A finder with its tables.
    pub fn new(synonyms: Synonyms, ranking: Ranking, currency: Currency) -> Self {
        Self {
            synonyms,
            ranking,
            currency,
            scratches: Scratches::default(),
            pages: Answers::new(PAGES_KEPT),
            counts: Answers::new(COUNTS_KEPT),
        }
    }

    /// Finds a page of products.
    pub fn search(&self, snapshot: &Snapshot, query: &Query) -> Result<Results, Error> {
        check(query)?;
        let question = serde_json::to_string(query).map_err(Fault::internal)?;
        if let Some(page) = self.pages.get(snapshot.generation, &question) {
            let mut page = page.as_ref().clone();
            if !query.facets {
                return Ok(page);
            }
            // Facets are kept once for all pages of a search.
            if let Some(facets) = self.counts.get(snapshot.generation, &facets_question(query)?) {
                page.facets.clone_from(&facets);
                return Ok(page);
            }
        }
        let mut page = self.find(snapshot, query)?;
        let facets = std::mem::take(&mut page.facets);
        self.pages.put(snapshot.generation, question, Arc::new(page.clone()));
        page.facets = facets;
        Ok(page)
    }

    fn find(&self, snapshot: &Snapshot, query: &Query) -> Result<Results, Error> {
        let plan = self.planner(snapshot).plan(&query.text, LastWord::Whole)?;
        let filter = Filter::new(snapshot, &query.filters);
        let mut candidates = if plan.groups.is_empty() {
            all(snapshot)
        } else {
            self.candidates(snapshot, &plan, query.sort == Sort::Relevance)?
        };
        let facets = if query.facets { self.facets(snapshot, query, &filter, &candidates)? } else { Vec::new() };
        if !filter.is_empty() {
            candidates.retain(|candidate| filter.passes(columns(snapshot, candidate.at), candidate.at.doc));
        }
        let total = candidates.len();
        let wanted = query.offset + query.limit;
        let ordered = if query.sort == Sort::Relevance && !plan.groups.is_empty() {
            self.by_relevance(snapshot, &plan, candidates, wanted)
        } else {
            by_column(snapshot, query.sort, &candidates, wanted)
        };
        let page = ordered.iter().skip(query.offset).take(query.limit);
        let hits = page.map(|ranked| hit(snapshot, ranked.at, &plan)).collect::<Result<_, _>>()?;
        Ok(Results { hits, total, facets, did_you_mean: plan.did_you_mean })
    }

    /// Makes plans for an index.
    pub fn planner<'a>(&'a self, snapshot: &'a Snapshot) -> Planner<'a> {
        Planner { snapshot, synonyms: &self.synonyms, ranking: &self.ranking }
    }

    /// The documents that have all words, and when those are few, also those that have most of them.
    pub fn candidates(&self, snapshot: &Snapshot, plan: &Plan, partial: bool) -> Result<Vec<Candidate>, Fault> {
        let matcher = Matcher::new(snapshot, &self.ranking, plan);
        let mut candidates: Vec<Candidate> = Vec::new();
        self.scratches.with(|scratch| {
            for (number, segment) in (0..).zip(&snapshot.segments) {
                let scored = matcher.score(number, scratch);
                for doc in scratch.touched.iter().copied().filter(|doc| !segment.reader.is_deleted(*doc)) {
                    let (score, found) = (scratch.score[doc as usize], scratch.found[doc as usize]);
                    candidates.push(Candidate { at: DocAt { segment: number, doc }, score, found });
                }
                scratch.clear();
                scored?;
            }
            Ok::<_, Fault>(())
        })?;
        let all_found = matcher.all_found();
        let complete = candidates.iter().filter(|candidate| candidate.found == all_found).count();
        if complete >= self.ranking.enough || (complete > 0 && !partial) {
            candidates.retain(|candidate| candidate.found == all_found);
            return Ok(candidates);
        }
        let mut shares: HashMap<u32, f32> = HashMap::new();
        let mut best: f32 = 0.0;
        for candidate in &mut candidates {
            let share = *shares.entry(candidate.found).or_insert_with(|| matcher.coverage(candidate.found));
            best = best.max(share);
            candidate.score *= share.powf(self.ranking.coverage);
        }
        candidates.retain(|candidate| shares[&candidate.found] >= best * PARTIAL_SHARE);
        Ok(candidates)
    }

    fn facets(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        filter: &Filter,
        candidates: &[Candidate],
    ) -> Result<Vec<Facet>, Fault> {
        let question = facets_question(query)?;
        if let Some(facets) = self.counts.get(snapshot.generation, &question) {
            return Ok(facets.as_ref().clone());
        }
        let facets = Arc::new(self.count(snapshot, &query.filters, filter, candidates));
        self.counts.put(snapshot.generation, question, Arc::clone(&facets));
        Ok(facets.as_ref().clone())
    }

    fn count(&self, snapshot: &Snapshot, filters: &Filters, filter: &Filter, candidates: &[Candidate]) -> Vec<Facet> {
        let mut counts = Counts::new(snapshot);
        let mut total = 0;
        for candidate in candidates {
            let columns = columns(snapshot, candidate.at);
            let verdict = filter.judge(columns, candidate.at.doc);
            total += usize::from(verdict == Verdict::Passes);
            counts.add(columns, candidate.at.doc, verdict);
        }
        counts.facets(filters, self.currency, total)
    }

    fn by_relevance(
        &self,
        snapshot: &Snapshot,
        plan: &Plan,
        mut candidates: Vec<Candidate>,
        wanted: usize,
    ) -> Vec<Ranked> {
        for candidate in &mut candidates {
            let (columns, at) = (columns(snapshot, candidate.at), candidate.at.doc as usize);
            candidate.score *= 1.0 + self.ranking.popularity * (columns.sold[at] as f32).ln_1p() / 10_f32.ln();
            if !columns.in_stock[at] {
                candidate.score *= self.ranking.out_of_stock;
            }
        }
        let rank = |candidate: &Candidate| {
            let columns = columns(snapshot, candidate.at);
            // Scores are never negative, so their bits are in the same order.
            let major = i64::from(candidate.score.max(0.0).to_bits());
            ranked(columns, candidate.at, major, i64::from(columns.sold[candidate.at.doc as usize]))
        };
        let mut order = highest(candidates.iter().map(rank).collect(), wanted.max(REFINED_MAX));
        let title_words = TitleWords::new(plan);
        let refined = order.len().min(REFINED_MAX);
        for ranked in &mut order[..refined] {
            let title = columns(snapshot, ranked.at).title.of(ranked.at.doc);
            let score = f32::from_bits(u32::try_from(ranked.major).unwrap_or(0));
            ranked.major = i64::from((score * title_words.factor(&self.ranking, title)).max(0.0).to_bits());
        }
        order[..refined].sort_unstable_by(|one, other| other.cmp(one));
        order.truncate(wanted);
        order
    }
}

/// What facets depend on: neither the page nor, but for partial matches, the order.
fn facets_question(query: &Query) -> Result<String, Fault> {
    let is_by_relevance = query.sort == Sort::Relevance || query.text.is_empty();
    serde_json::to_string(&(&query.text, &query.filters, is_by_relevance)).map_err(Fault::internal)
}

fn check(query: &Query) -> Result<(), Error> {
    if query.limit == 0 || query.limit > PAGE_MAX {
        return Err(Fault::invalid("limit", format!("must be 1 to {PAGE_MAX}")).into());
    }
    if query.offset.saturating_add(query.limit) > limits::SEARCH_DEPTH_MAX {
        return Err(Error::TooDeep { depth_max: limits::SEARCH_DEPTH_MAX });
    }
    if query.text.len() > limits::QUERY_BYTES_MAX {
        return Err(Fault::invalid("text", format!("at most {} bytes", limits::QUERY_BYTES_MAX)).into());
    }
    Ok(())
}

fn columns(snapshot: &Snapshot, at: DocAt) -> &Columns {
    &snapshot.segments[at.segment as usize].columns
}

fn all(snapshot: &Snapshot) -> Vec<Candidate> {
    let mut all = Vec::with_capacity(snapshot.documents);
    for (segment, reader) in (0..).zip(&snapshot.segments) {
        let candidate = |doc| Candidate { at: DocAt { segment, doc }, score: 0.0, found: 0 };
        all.extend(reader.reader.doc_ids_alive().map(candidate));
    }
    all
}

fn by_column(snapshot: &Snapshot, sort: Sort, candidates: &[Candidate], wanted: usize) -> Vec<Ranked> {
    let rank = |candidate: &Candidate| {
        let (columns, doc) = (columns(snapshot, candidate.at), candidate.at.doc as usize);
        let (sold, created, price) = (i64::from(columns.sold[doc]), columns.created[doc], columns.price[doc]);
        let (major, minor) = match sort {
            Sort::Relevance | Sort::Popularity => (sold, created),
            Sort::PriceUp => (price.saturating_neg(), sold),
            Sort::PriceDown => (price, sold),
            Sort::Newest => (created, sold),
        };
        ranked(columns, candidate.at, major, minor)
    };
    highest(candidates.iter().map(rank).collect(), wanted)
}

fn ranked(columns: &Columns, at: DocAt, major: i64, minor: i64) -> Ranked {
    Ranked { major, minor, tie: columns.tie[at.doc as usize], at }
}

/// The highest so many, in order.
fn highest(mut all: Vec<Ranked>, wanted: usize) -> Vec<Ranked> {
    if wanted < all.len() {
        all.select_nth_unstable_by(wanted, |one, other| other.cmp(one));
        all.truncate(wanted);
    }
    all.sort_unstable_by(|one, other| other.cmp(one));
    all
}

fn hit(snapshot: &Snapshot, at: DocAt, plan: &Plan) -> Result<Hit, Fault> {
    if plan.groups.is_empty() {
        return Ok(snapshot.card(at)?.into_hit(Vec::new()));
    }
    let entry = snapshot.entry(at)?;
    let snippet = snippet(&entry.detail.description, &plan.marked);
    Ok(entry.card.into_hit(snippet))
}

impl Finder {
    /// The best products for words that are still being typed.
    pub fn best(&self, snapshot: &Snapshot, text: &str, wanted: usize) -> Result<Vec<DocAt>, Fault> {
        let plan = self.planner(snapshot).plan(text, LastWord::Unfinished)?;
        if plan.groups.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = self.candidates(snapshot, &plan, false)?;
        Ok(self.by_relevance(snapshot, &plan, candidates, wanted).into_iter().map(|ranked| ranked.at).collect())
    }
}
