//! Measures how good the ranking is, on products and judgments of people.

mod measure;
mod products;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use souk_contracts::search::{Query, Sort};
use souk_types::{Currency, Fault};

pub use self::measure::{EvaluationReport, Judgments, QueryReport};
use crate::{
    index::{Change, Engine},
    query::{page::Finder, ranking::Ranking},
    text::synonyms::Synonyms,
};

/// Products indexed at a time.
const BATCH: usize = 500;
/// How many results are judged.
const DEPTH: usize = 10;
/// How many results are looked at for those that somebody has judged.
const CONDENSED_DEPTH: usize = 100;

/// Indexes products in memory, by the same rules as in the shop, and measures the ranking by nDCG@10.
///
/// `products` are files of JSON arrays or JSON lines (plain or in a zip), or folders of them; objects are
/// product drafts or have `id`, `title`, and whatever else of `name`, `short_description`, `supplier`,
/// `ean`, `price` and `attr_…`. `judgments` is CSV: query, docid, rating.
///
/// # Errors
/// When a file cannot be read or understood: names it.
pub async fn evaluate(
    products: &[PathBuf],
    judgments: &Path,
    synonyms: Option<&Path>,
) -> Result<EvaluationReport, Fault> {
    let synonyms = synonyms.map_or_else(|| Ok(Synonyms::general()), Synonyms::load)?;
    let bench = Bench::load(products).await?;
    bench.measure(&Judgments::load(judgments)?, Ranking::default(), synonyms)
}

/// Products indexed in memory, to be searched in several ways.
pub struct Bench {
    engine: Engine,
    ids: Vec<String>,
}

impl Bench {
    /// Indexes products.
    ///
    /// # Errors
    /// When a file cannot be read or understood: names it.
    pub async fn load(paths: &[PathBuf]) -> Result<Self, Fault> {
        let engine = Engine::in_memory()?;
        let moment = engine.moment();
        let (ids, entries) = products::load(paths)?;
        let mut changes = entries.into_iter().map(|entry| Change::Put(Box::new(entry), moment));
        let batches: Vec<Vec<Change>> = std::iter::from_fn(|| {
            Some(changes.by_ref().take(BATCH).collect::<Vec<_>>()).filter(|batch| !batch.is_empty())
        })
        .collect();
        futures::future::try_join_all(batches.into_iter().map(|batch| engine.apply(batch))).await?;
        Ok(Self { engine, ids })
    }

    /// Measures one way of ranking.
    ///
    /// # Errors
    /// When the index fails.
    pub fn measure(
        &self,
        judgments: &Judgments,
        ranking: Ranking,
        synonyms: Synonyms,
    ) -> Result<EvaluationReport, Fault> {
        let finder = Finder::new(synonyms, ranking, Currency::EUR);
        let snapshot = self.engine.snapshot();
        let mut per_query = Vec::new();
        for (text, ratings) in judgments.with_a_relevant_product() {
            let query =
                Query { text: text.to_owned(), sort: Sort::Relevance, limit: CONDENSED_DEPTH, ..Query::default() };
            let found =
                finder.search(&snapshot, &query).map_err(|error| Fault::internal(format!("{text}: {error}")))?;
            let found: Vec<&str> = found
                .hits
                .iter()
                .filter_map(|hit| usize::try_from(hit.product.bits()).ok())
                .map(|number| self.ids[number].as_str())
                .collect();
            per_query.push(measure::query_report(text, &found, ratings, DEPTH));
        }
        Ok(EvaluationReport::new(per_query))
    }

    /// How many products are indexed.
    pub fn products(&self) -> usize {
        self.ids.len()
    }
}

/// Ratings of one query by document.
type Ratings = HashMap<String, u32>;
