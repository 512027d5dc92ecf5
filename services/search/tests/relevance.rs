//! How good the ranking is on judged products; needs the shared data, and is left out without it.

use std::path::PathBuf;

use souk_search::{
    Ranking, Synonyms,
    evaluate::{Bench, Judgments, evaluate},
};

/// What was reached, minus a little.
const NDCG10_MIN: f64 = 0.835;

fn data() -> Option<PathBuf> {
    let shared = std::env::var_os("SOUK_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    Some(shared.join("search-icecat")).filter(|folder| folder.is_dir())
}

#[tokio::test]
async fn judged_searches_rank_relevant_products_first() {
    let Some(data) = data() else {
        eprintln!("no judged products here: relevance is not measured");
        return;
    };
    let report = evaluate(std::slice::from_ref(&data), &data.join("judgments.csv"), None).await.unwrap();
    println!("nDCG@10 {:.4}, condensed {:.4}", report.ndcg10, report.condensed_ndcg10);
    assert!(report.ndcg10 >= NDCG10_MIN, "nDCG@10 fell to {:.4}: {:#?}", report.ndcg10, report.per_query);
    assert!(report.condensed_ndcg10 >= report.ndcg10);
}

/// What each feature contributes: `cargo test -p souk-search --test relevance -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "prints a table for people"]
async fn ablation() {
    let Some(data) = data() else { return };
    let bench = Bench::load(std::slice::from_ref(&data)).await.unwrap();
    let judgments = Judgments::load(&data.join("judgments.csv")).unwrap();
    let print = |name: &str, ranking: Ranking, synonyms: Synonyms| {
        let report = bench.measure(&judgments, ranking, synonyms).unwrap();
        let half = |odd: usize| {
            let part: Vec<f64> = report.per_query.iter().skip(odd).step_by(2).map(|query| query.ndcg10).collect();
            part.iter().sum::<f64>() / part.len() as f64
        };
        println!(
            "{name:<24} {:.4}  condensed {:.4}  halves {:.3} {:.3}",
            report.ndcg10,
            report.condensed_ndcg10,
            half(0),
            half(1)
        );
    };
    let full = Ranking::default();
    let without = |field: usize| {
        let mut weights = full.weights;
        weights[field] = 0.0;
        Ranking { weights, ..full.clone() }
    };
    print("all", full.clone(), Synonyms::general());
    print("no synonyms", full.clone(), Synonyms::none());
    print("no attributes", without(4), Synonyms::general());
    print("no codes", without(5), Synonyms::general());
    print("no descriptions", without(6), Synonyms::general());
    print("no pairs", without(7), Synonyms::general());
    print("only complete matches", Ranking { enough: 1, ..full.clone() }, Synonyms::general());
    print("no phrases", Ranking { phrase: 0.0, ..full.clone() }, Synonyms::general());
    print("no early words", Ranking { early: 0.0, ..full.clone() }, Synonyms::general());
    print("no turns", Ranking { behind: 0.0, ..full.clone() }, Synonyms::general());
    let plain = Ranking { phrase: 0.0, early: 0.0, behind: 0.0, ..full.clone() };
    print("words only", plain.clone(), Synonyms::none());
    let title = Ranking { weights: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], ..plain };
    print("titles only", title, Synonyms::none());
}
