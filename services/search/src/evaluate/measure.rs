//! Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002), gain 2^rating − 1.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use souk_types::Fault;

use super::Ratings;

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    /// Mean nDCG@10 of all queries that have a relevant product; what nobody judged counts as irrelevant.
    pub ndcg10: f64,
    /// The same with what nobody judged left out of the results.
    pub condensed_ndcg10: f64,
    /// Queries that have a relevant product.
    pub queries: usize,
    /// Each of them.
    pub per_query: Vec<QueryReport>,
}

/// What came out of one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryReport {
    /// The query.
    pub query: String,
    /// Its nDCG@10.
    pub ndcg10: f64,
    /// Its nDCG@10 without what nobody judged.
    pub condensed_ndcg10: f64,
    /// Products found, at most 100.
    pub found: usize,
}

impl EvaluationReport {
    /// The means of all queries.
    pub fn new(per_query: Vec<QueryReport>) -> Self {
        let mean =
            |of: fn(&QueryReport) -> f64| per_query.iter().map(of).sum::<f64>() / (per_query.len().max(1) as f64);
        Self {
            ndcg10: mean(|query| query.ndcg10),
            condensed_ndcg10: mean(|query| query.condensed_ndcg10),
            queries: per_query.len(),
            per_query,
        }
    }
}

/// What people think of results.
#[derive(Debug, Clone, Default)]
pub struct Judgments(Vec<(String, Ratings)>);

impl Judgments {
    /// Reads a CSV file: a heading, then query, docid, rating.
    ///
    /// # Errors
    /// When the file cannot be read or a line is wrong: names it.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let wrong = |why: String| Fault::invalid("judgments", format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let mut judgments = Self::default();
        for (index, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            let mut fields = line.trim_end().rsplitn(3, ',');
            let judged = (|| {
                let rating = fields.next()?.trim().parse().ok()?;
                let doc = fields.next()?.trim().to_owned();
                Some((fields.next()?.trim_matches('"').replace("\"\"", "\""), doc, rating))
            })();
            let (query, doc, rating) = judged.ok_or_else(|| wrong(format!("line {} is wrong", index + 1)))?;
            judgments.add(query, doc, rating);
        }
        Ok(judgments)
    }

    /// Every query that something relevant is known for, with its ratings.
    pub fn with_a_relevant_product(&self) -> impl Iterator<Item = (&str, &Ratings)> {
        self.0
            .iter()
            .filter(|(_, ratings)| ratings.values().any(|rating| *rating > 0))
            .map(|(query, ratings)| (query.as_str(), ratings))
    }

    fn add(&mut self, query: String, doc: String, rating: u32) {
        match self.0.iter_mut().find(|(known, _)| *known == query) {
            Some((_, ratings)) => drop(ratings.insert(doc, rating)),
            None => self.0.push((query, Ratings::from([(doc, rating)]))),
        }
    }
}

/// Judges the results of one query.
pub fn query_report(query: &str, found: &[&str], ratings: &Ratings, depth: usize) -> QueryReport {
    let rating = |doc: &&str| ratings.get(*doc).copied();
    let mut ideal: Vec<u32> = ratings.values().copied().collect();
    ideal.sort_unstable_by(|one, other| other.cmp(one));
    let best = gain(ideal.into_iter().take(depth));
    let share = |gain: f64| if best > 0.0 { gain / best } else { 0.0 };
    QueryReport {
        query: query.to_owned(),
        ndcg10: share(gain(found.iter().take(depth).map(|doc| rating(doc).unwrap_or(0)))),
        condensed_ndcg10: share(gain(found.iter().filter_map(rating).take(depth))),
        found: found.len(),
    }
}

fn gain(ratings: impl Iterator<Item = u32>) -> f64 {
    ratings.zip(2_u32..).map(|(rating, place)| (f64::from(rating).exp2() - 1.0) / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratings() -> Ratings {
        [("a", 3), ("b", 1), ("c", 0)].map(|(doc, rating)| (doc.to_owned(), rating)).into()
    }

    #[test]
    fn the_best_order_scores_one() {
        let report = query_report("q", &["a", "b", "c"], &ratings(), 10);
        assert!((report.ndcg10 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_nobody_judged_pushes_results_down_unless_it_is_left_out() {
        let report = query_report("q", &["x", "a", "b"], &ratings(), 10);
        let expected = (7.0 / 3_f64.log2() + 1.0 / 2.0) / (7.0 + 1.0 / 3_f64.log2());
        assert!((report.ndcg10 - expected).abs() < 1e-9);
        assert!((report.condensed_ndcg10 - 1.0).abs() < 1e-9);
    }
}
