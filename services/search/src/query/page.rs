//! One page of results.

use std::{collections::HashMap, sync::Arc};

use souk_contracts::{
    ProductId,
    search::{Error, Facet, Hit, Query, Results, Scope, Sort},
};
use souk_types::{Currency, Fault, limits};

use super::{
    cache::Answers,
    facets::Counts,
    filter::{Filter, Verdict},
    matching::{Matcher, Wanted},
    order::{as_picked, by_column, by_relevance},
    plan::{LastWord, Plan, Planner},
    ranking::Ranking,
    scratch::Scratches,
};
use crate::{
    index::{DocAt, Snapshot},
    text::{snippet::snippet, synonyms::Synonyms},
};

/// Results of one page.
const PAGE_MAX: usize = 100;
/// Pages that are kept until the index changes.
const PAGES_KEPT: usize = 256;
/// Counts of facets that are kept until the index changes.
const COUNTS_KEPT: usize = 128;
/// Conditions on what a list is of.
const SCOPES_MAX: usize = 20;
/// Products that can be picked for a list.
const PICKED_MAX: usize = 1_000;
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
        let mut candidates = if plan.groups.is_empty() && query.text.trim().is_empty() {
            all(snapshot)
        } else if plan.groups.is_empty() {
            // Signs alone are no words: nothing has them.
            Vec::new()
        } else {
            self.candidates(snapshot, &plan, query.sort == Sort::Relevance)?
        };
        let facets = self.narrow(snapshot, query, &filter, &mut candidates)?;
        let total = candidates.len();
        let wanted = query.offset + query.limit;
        let order = if query.sort == Sort::Relevance && !plan.groups.is_empty() {
            by_relevance(snapshot, &self.ranking, &plan, &candidates, wanted)
        } else if let Some(picked) = picked(query) {
            as_picked(snapshot, picked, &candidates, wanted)
        } else {
            by_column(snapshot, query.sort, &candidates, wanted)
        };
        let page = order.into_iter().skip(query.offset);
        let hits = page.map(|at| hit(snapshot, at, &plan)).collect::<Result<_, _>>()?;
        Ok(Results { hits, total, facets, did_you_mean: plan.did_you_mean })
    }

    /// Leaves only what passes the filters, and counts facets on the way when they are wanted and not known.
    fn narrow(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        filter: &Filter,
        candidates: &mut Vec<Candidate>,
    ) -> Result<Vec<Facet>, Fault> {
        let question = if query.facets { Some(facets_question(query)?) } else { None };
        let known = question.as_ref().and_then(|question| self.counts.get(snapshot.generation, question));
        let Some(question) = question.filter(|_| known.is_none()) else {
            if !filter.is_empty() {
                candidates.retain(|candidate| filter.passes(snapshot.columns(candidate.at), candidate.at.doc));
            }
            return Ok(known.map(|facets| facets.as_ref().clone()).unwrap_or_default());
        };
        let mut counts = Counts::new(snapshot);
        candidates.retain(|candidate| {
            let columns = snapshot.columns(candidate.at);
            let verdict = filter.judge(columns, candidate.at.doc);
            counts.add(columns, candidate.at.doc, verdict);
            verdict == Verdict::Passes
        });
        let facets = Arc::new(counts.facets(&query.filters, self.currency, candidates.len()));
        self.counts.put(snapshot.generation, question, Arc::clone(&facets));
        Ok(facets.as_ref().clone())
    }

    /// Makes plans for an index.
    pub fn planner<'a>(&'a self, snapshot: &'a Snapshot) -> Planner<'a> {
        Planner { snapshot, synonyms: &self.synonyms, ranking: &self.ranking }
    }

    /// The documents that have all words, and when those are few, also those that have most of them.
    pub fn candidates(&self, snapshot: &Snapshot, plan: &Plan, partial: bool) -> Result<Vec<Candidate>, Fault> {
        let matcher = Matcher::new(snapshot, &self.ranking, plan);
        let mut complete = self.matching(snapshot, &matcher, Wanted::All)?;
        complete.retain(|candidate| candidate.found == matcher.all_found());
        if complete.len() >= self.ranking.enough || (!complete.is_empty() && !partial) {
            return Ok(complete);
        }
        let mut candidates = self.matching(snapshot, &matcher, Wanted::Any)?;
        // By the words that were found: what share of what was looked for that is, and what it is worth.
        let mut shares: HashMap<u32, (f32, f32)> = HashMap::new();
        for candidate in &mut candidates {
            let (_, worth) = *shares.entry(candidate.found).or_insert_with(|| {
                let share = matcher.coverage(candidate.found);
                (share, share.powf(self.ranking.coverage))
            });
            candidate.score *= worth;
        }
        let best = shares.values().map(|(share, _)| *share).fold(0.0, f32::max);
        candidates.retain(|candidate| shares[&candidate.found].0 >= best * PARTIAL_SHARE);
        Ok(candidates)
    }

    fn matching(&self, snapshot: &Snapshot, matcher: &Matcher<'_>, wanted: Wanted) -> Result<Vec<Candidate>, Fault> {
        let mut candidates: Vec<Candidate> = Vec::new();
        self.scratches.with(|scratch| {
            for (number, segment) in (0..).zip(&snapshot.segments) {
                matcher.score(number, wanted, scratch)?;
                let alive = segment.reader.alive_bitset();
                let found = scratch.touched.iter().filter(|doc| alive.is_none_or(|alive| alive.is_alive(**doc)));
                candidates.extend(found.map(|doc| Candidate {
                    at: DocAt { segment: number, doc: *doc },
                    score: scratch.score[*doc as usize],
                    found: scratch.found[*doc as usize],
                }));
                scratch.clear();
            }
            Ok(candidates)
        })
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
    let picked = |scope: &Scope| matches!(scope, Scope::Products(ids) if ids.len() > PICKED_MAX);
    if query.filters.scope.len() > SCOPES_MAX || query.filters.scope.iter().any(picked) {
        let most = format!("at most {SCOPES_MAX} conditions and {PICKED_MAX} products");
        return Err(Fault::invalid("filters.scope", most).into());
    }
    Ok(())
}

/// The products that somebody has picked for the list, when their order is the usual one.
fn picked(query: &Query) -> Option<&[ProductId]> {
    let picked = query.filters.scope.iter().find_map(|scope| match scope {
        Scope::Products(ids) => Some(ids.as_slice()),
        _ => None,
    });
    picked.filter(|_| query.sort == Sort::Relevance)
}

fn all(snapshot: &Snapshot) -> Vec<Candidate> {
    let mut all = Vec::with_capacity(snapshot.documents);
    for (segment, reader) in (0..).zip(&snapshot.segments) {
        let candidate = |doc| Candidate { at: DocAt { segment, doc }, score: 0.0, found: 0 };
        all.extend(reader.reader.doc_ids_alive().map(candidate));
    }
    all
}

fn hit(snapshot: &Snapshot, at: DocAt, plan: &Plan) -> Result<Hit, Fault> {
    if plan.groups.is_empty() {
        return Ok(snapshot.card(at)?.into_hit(Vec::new()));
    }
    let (card, description) = snapshot.card_and_description(at)?;
    Ok(card.into_hit(snippet(&description, &plan.marked)))
}

impl Finder {
    /// The best products for words that are still being typed, and whether those are a code.
    pub fn best(&self, snapshot: &Snapshot, text: &str, wanted: usize) -> Result<(Vec<DocAt>, bool), Fault> {
        let plan = self.planner(snapshot).plan(text, LastWord::Unfinished)?;
        if plan.groups.is_empty() {
            return Ok((Vec::new(), false));
        }
        let candidates = self.candidates(snapshot, &plan, false)?;
        Ok((by_relevance(snapshot, &self.ranking, &plan, &candidates, wanted), plan.code.is_some()))
    }
}
