//! Completing what is being typed.

use std::collections::HashMap;

use souk_contracts::search::Suggestions;
use souk_types::{Fault, limits};

use super::page::Finder;
use crate::{
    entry::Card,
    index::{
        Snapshot,
        values::{ValueKind, Values},
    },
    text::{Word, fold, stem, words},
};

/// Suggestions of each kind.
const EACH_MAX: usize = 10;
/// Products that are shown.
const PRODUCTS_MAX: usize = 6;
/// Best products whose titles complete what is typed.
const TITLES: usize = 40;

/// Completes what is being typed.
pub fn suggest(finder: &Finder, snapshot: &Snapshot, text: &str) -> Result<Suggestions, Fault> {
    let text = &text[..text.floor_char_boundary(limits::QUERY_BYTES_MAX)];
    let typed = words(text);
    if typed.is_empty() {
        return Ok(Suggestions::default());
    }
    let (best, is_code) = finder.best(snapshot, text, TITLES)?;
    let cards = best.iter().map(|at| snapshot.card(*at)).collect::<Result<Vec<_>, _>>()?;
    Ok(Suggestions {
        queries: if is_code { Vec::new() } else { queries(text, &typed, &cards) },
        categories: categories(snapshot, &typed),
        products: cards.into_iter().take(PRODUCTS_MAX).map(|card| card.into_hit(Vec::new())).collect(),
    })
}

/// Whole queries: how the titles of the best products go on from what is typed.
fn queries(text: &str, typed: &[Word], cards: &[Card]) -> Vec<String> {
    let Some(last) = typed.last() else { return Vec::new() };
    let before = fold(text[..last.start].trim());
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    for (place, card) in cards.iter().enumerate() {
        let title = words(&card.title);
        let brand = words(&card.brand);
        for list in [&title, &brand] {
            for (at, word) in list.iter().enumerate().filter(|(_, word)| word.text.starts_with(&last.text)) {
                let mut completed = before.clone();
                if !completed.is_empty() {
                    completed.push(' ');
                }
                completed.push_str(&word.text);
                count(&mut counts, completed.clone(), place);
                let next = list.get(at + 1).filter(|next| !next.has_digit() && next.text.len() > 2);
                if let Some(next) = next.filter(|next| !typed.iter().any(|typed| typed.text == next.text)) {
                    count(&mut counts, format!("{completed} {}", next.text), place);
                }
            }
        }
    }
    let typed_text = fold(text.trim());
    let mut found: Vec<(String, usize, usize)> = counts
        .into_iter()
        .filter(|(query, _)| *query != typed_text)
        .map(|(query, (count, place))| (query, count, place))
        .collect();
    found.sort_by(|one, other| (other.1, one.2, &one.0).cmp(&(one.1, other.2, &other.0)));
    let mut queries: Vec<String> = Vec::new();
    let mut seen: Vec<Vec<String>> = Vec::new();
    for (query, _, _) in found {
        // Singular and plural are one suggestion.
        let stems: Vec<String> = words(&query).iter().map(|word| stem(&word.text).into_owned()).collect();
        if !seen.contains(&stems) && queries.len() < EACH_MAX {
            seen.push(stems);
            queries.push(query);
        }
    }
    queries
}

fn count(counts: &mut HashMap<String, (usize, usize)>, query: String, place: usize) {
    counts.entry(query).or_insert((0, place)).0 += 1;
}

/// Categories that have all words typed, the last perhaps only begun.
fn categories(snapshot: &Snapshot, typed: &[Word]) -> Vec<(String, String)> {
    let values: &Values = &snapshot.values;
    let mut found: Vec<(u32, &str, &str)> = values
        .iter()
        .zip(snapshot.value_counts())
        .filter(|(value, count)| value.kind == ValueKind::Category && **count > 0)
        .filter(|(value, _)| has_all(&value.label, typed))
        .map(|(value, count)| (*count, &*value.label, &*value.key))
        .collect();
    found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    found.dedup_by(|again, first| again.2 == first.2);
    found.into_iter().take(EACH_MAX).map(|(_, name, slug)| (name.to_owned(), slug.to_owned())).collect()
}

fn has_all(name: &str, typed: &[Word]) -> bool {
    let name = words(name);
    typed.iter().enumerate().all(|(at, typed_word)| {
        let unfinished = at + 1 == typed.len();
        name.iter().any(|word| {
            stem(&word.text) == stem(&typed_word.text) || (unfinished && word.text.starts_with(&typed_word.text))
        })
    })
}
